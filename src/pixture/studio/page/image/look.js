// How the image is looked at: what is drawn of which plane, in which colours.
import { labelTable, lineTable, numberTable, probabilityTable, rgb, shownColours, uncertaintyTable } from "./colours.js";

/** @typedef {import("../core/studio.js").Studio} Studio */
/** @typedef {import("./tiles.js").Source} Source */
/** @typedef {import("./webgl.js").Scene} Scene */

/**
 * A plane of the image: across "z" (counted through all times), "y" or "x".
 * @typedef {{axis: "z" | "y" | "x", index: number, time: number}} Plane
 */

/** Layers that are drawn from labels, so that frames of a fit and its steps can be shown in them too. */
const OF_LABELS = ["labels", "painted", "boundaries"];

export class Look {
  /**
   * @param {Studio} studio
   * @param {import("./live.js").Live} live
   */
  constructor(studio, live) {
    this.studio = studio;
    this.live = live;
    /** @type {{by: any[], table: Uint8Array} | null} */
    this.made = null;
  }

  get image() {
    return this.studio.state.get("image");
  }

  get result() {
    return this.studio.state.get("result");
  }

  get layer() {
    return this.studio.shared.get("layer");
  }

  get isOfLabels() {
    return OF_LABELS.includes(this.layer);
  }

  /** Rows and columns of a plane, how much taller than wide its pixels are, and whether the first row is lowest. */
  shapeOf(/** @type {Plane["axis"]} */ axis) {
    const { shape, axes, spacing, upwards, width, height } = this.image;
    const spatial = [...axes].filter((letter) => letter !== "t" && letter !== "c");
    /** @param {string} letter */
    const length = (letter) => shape[axes.indexOf(letter)];
    /** @param {string} letter */
    const size = (letter) => spacing[spatial.indexOf(letter)] || 1;
    const [down, along] = axis === "z" ? ["y", "x"] : axis === "y" ? ["z", "x"] : ["z", "y"];
    const ratio = size(down) / size(along);
    const aspect = ratio > 0.02 && ratio < 50 ? ratio : 1;
    const [columns, rows] = axis === "z" ? [width, height] : [length(along), length(down)];
    return { columns, rows, aspect, flipped: upwards.includes(down), size: size(along) };
  }

  /** Planes of one time across "z". */
  get depth() {
    const { shape, axes } = this.image;
    return axes.includes("z") ? shape[axes.indexOf("z")] : 1;
  }

  /**
   * @param {string} layer
   * @param {Plane} plane
   * @param {Record<string, any>} of the version, and what more says what it is
   * @returns {Source}
   */
  source(layer, { axis, index, time }, of) {
    const { columns, rows } = this.shapeOf(axis);
    const { changed, ...asked } = of;
    const says = { layer, axis, plane: index, time, ...asked };
    const image = this.image.number;
    return { key: JSON.stringify([image, says, changed ?? null]), image, says, columns, rows };
  }

  /** @param {Plane} plane */
  base(plane) {
    return this.source("image", plane, { version: this.image.number });
  }

  /**
   * @param {Plane} plane
   * @returns {Source | null} null where there is nothing to be drawn over the image
   */
  over(plane) {
    const { state, shared } = this.studio;
    const { layer, result } = this;
    if (layer === "regions" || layer === "objects") {
      const found = state.get(layer);
      return found?.version === undefined ? null : this.source(layer, plane, { version: found.version });
    }
    if (layer === "image" || !result) return null;
    const changed = result.groups; // components may be merged without another run
    const of = { version: result.run, changed };
    if (layer === "uncertainty" || layer === "probability") {
      if (this.missingMap) return null;
      return this.source(layer, plane, layer === "uncertainty" ? of : { ...of, component: this.component });
    }
    return this.source("labels", plane, of);
  }

  /** Whose probability is shown. @returns {number} */
  get component() {
    return Math.min(this.studio.shared.get("component"), this.result.components.length - 1);
  }

  /** Whether the layer is a map of an image larger than memory that was not asked for yet. */
  get missingMap() {
    const { layer, result } = this;
    if (!result?.maps || (layer !== "uncertainty" && layer !== "probability")) return false;
    return !result.maps.includes(layer === "uncertainty" ? layer : `probability ${this.component}`);
  }

  /** What labels are drawn as, but for what is drawn: what a scene says of its layer. */
  get style() {
    const { shared } = this.studio;
    const { layer } = this;
    const numbers = layer === "regions" || layer === "objects";
    /** @type {Scene["mode"]} */
    const mode = numbers ? "numbers" : layer === "boundaries" ? "lines" : "colours";
    return {
      mode,
      table: this.table,
      opacity: layer === "boundaries" ? 1 : shared.get("opacity"),
      swipe: layer === "image" ? null : shared.get("swipe"),
      groups: layer === "regions" ? shared.get("regionsOf") ?? null : null,
      chosen: layer === "objects" ? shared.get("object") : layer === "regions" ? this.regionOf(shared.get("superpixel")) : null,
      zero: false,
    };
  }

  /** The region that a superpixel is in; null where there is none. @param {number | null | undefined} superpixel */
  regionOf(superpixel) {
    return (superpixel && this.studio.shared.get("regionsOf")?.[superpixel - 1]) || null;
  }

  /** What is said of a region, in words. @param {number} region */
  regionInWords(region) {
    const pixels = this.studio.shared.get("regionsPixels")?.[region];
    return pixels === undefined ? `region ${region}` : `region ${region}, ${pixels.toLocaleString("en")} pixels`;
  }

  /** The table of colours; another one only where something in it is another. */
  get table() {
    const { state, shared } = this.studio;
    const by = [
      this.layer, state.get("result"), state.get("palette"), state.get("image"), shared.get("hidden"),
      shared.get("selected"), shared.get("component"), this.live.means,
    ];
    if (!this.made || by.some((value, at) => value !== this.made?.by[at])) this.made = { by, table: this.newTable() };
    return this.made.table;
  }

  newTable() {
    const { state, shared } = this.studio;
    const { layer, colours } = this;
    if (layer === "uncertainty") return uncertaintyTable();
    if (layer === "probability") return probabilityTable(colours[shared.get("component")] ?? [255, 255, 255]);
    if (layer === "regions" || layer === "objects") return numberTable((state.get("palette") ?? []).map(rgb));
    const [hidden, selected] = [shared.get("hidden"), shared.get("selected")];
    if (layer === "boundaries") return lineTable(colours.length, hidden, selected);
    return labelTable((layer === "painted" && this.painted) || colours, hidden, selected);
  }

  /** A colour for each label. */
  get colours() {
    const { state } = this.studio;
    /** @type {number[][]} */
    const found = (state.get("palette") ?? []).map(rgb);
    // the palette is what the session was told to show labels in; beyond it there are the usual colours
    for (const { label, colour } of this.result?.components ?? []) if (colour) found[label] ??= rgb(colour);
    return found;
  }

  /** The colour of each label's mean; null where it is not known. */
  get painted() {
    const means = this.live.means ?? this.result?.components.map((/** @type {any} */ one) => one.mean);
    const { channels, shown } = this.image ?? {};
    if (!means || !channels) return null;
    return shownColours(means, channels.length, shown ?? null);
  }
}
