// The plot of the mixture: the density of the image's values, and over it ellipses, or curves.
import { made, newId } from "../core/elements.js";
import { ticks } from "../core/numbers.js";
import { drawn } from "../core/svg.js";
import { paint, skyline } from "./density.js";
import { curve, outline } from "./gaussians.js";

/** @typedef {import("./density.js").Density} Density */
/** @typedef {import("./gaussians.js").Gaussians} Gaussians */

/** What is said of a component besides its Gaussian. */
/** @typedef {{label: number, colour: string, name: string, hidden: boolean}} Look */

const [WIDTH, HEIGHT, LEFT, BOTTOM, POINTS] = [360, 280, 40, 34, 240];
const [ACROSS, UP] = [WIDTH - LEFT - 6, HEIGHT - BOTTOM - 6];

export class Plot {
  /** @param {(label: number) => void} pick */
  constructor(pick) {
    this.pick = pick;
    this.canvas = made("canvas", { class: "px-density", "aria-hidden": "true" });
    this.over = drawn("svg", { class: "px-ellipses", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
    this.axes = drawn("g", { class: "px-axes" });
    const clip = drawn("clipPath", { id: newId("clip") }, drawn("rect", { x: LEFT, y: 6, width: ACROSS, height: UP }));
    this.within = `url(#${clip.id})`;
    this.moving = drawn("g", { "clip-path": this.within });
    this.over.append(drawn("defs", {}, clip), this.axes, this.moving);
    this.element = made("div", { class: "px-plot" }, this.canvas, this.over);
    /** @type {Density | null} */
    this.density = null;
  }

  /**
   * Show a density, and which axes it is in.
   * @param {Density} density
   * @param {[string, string]} names
   */
  ground(density, names) {
    this.density = density;
    this.names = names;
    this.canvas.hidden = density.y === null;
    this.repaint();
    this.axes.replaceChildren();
    const { x, y } = density;
    if (y === null) {
      const { points, unit } = skyline(density, ACROSS, UP);
      this.unit = unit;
      const shape = drawn("polygon", { class: "px-skyline", points, transform: `translate(${LEFT} 6)` });
      this.axes.append(drawn("g", { "clip-path": this.within }, shape));
    }
    this.axes.append(drawn("rect", { class: "px-frame", x: LEFT, y: 6, width: ACROSS, height: UP }));
    for (const { value, words } of ticks(x)) this.axes.append(text(words, this.x(value), 6 + UP + 13, "middle"));
    if (y) for (const { value, words } of ticks(y)) this.axes.append(text(words, LEFT - 4, this.y(value) + 4, "end"));
    this.axes.append(text(names[0], LEFT + ACROSS / 2, HEIGHT - 3, "middle", "px-axis-name"));
    const side = text(names[1], 0, 0, "middle", "px-axis-name");
    side.setAttribute("transform", `translate(10 ${6 + UP / 2}) rotate(-90)`);
    this.axes.append(side);
  }

  /** Draw the density anew, such as where dark has become light. */
  repaint() {
    if (!this.density?.y) return;
    const colour = getComputedStyle(this.element).color.match(/\d+(\.\d+)?/g) ?? ["128", "128", "128"];
    paint(this.canvas, this.density, colour.slice(0, 3).map(Number));
  }

  /**
   * Show components, by the channels of theirs that the axes are.
   * @param {Gaussians | null} of
   * @param {Look[]} looks
   * @param {number[]} channels
   * @param {number | null} selected
   */
  show(of, looks, channels, selected) {
    this.moving.replaceChildren();
    if (!of || !this.density) {
      this.over.setAttribute("aria-label", "Density of the image's values; no mixture is fitted yet");
      return;
    }
    const shown = looks.map((look, at) => ({ ...look, at })).filter((look) => !look.hidden);
    // what is selected lies over the others
    shown.sort((a, b) => Number(a.label === selected) - Number(b.label === selected));
    if (channels.length === 1) this.curves(of, shown, channels[0], selected);
    else this.ellipses(of, shown, [channels[0], channels[1]], selected);
    this.over.setAttribute("aria-label", `Density of the image's values in ${this.names?.join(" and ")}, and ${shown.length} components`);
  }

  /**
   * @param {Gaussians} of
   * @param {(Look & {at: number})[]} looks
   * @param {[number, number]} channels
   * @param {number | null} selected
   */
  ellipses(of, looks, channels, selected) {
    const { x, y } = /** @type {Density} */ (this.density);
    if (!y) return;
    const scale = /** @type {[number, number]} */ ([ACROSS / (x[1] - x[0]), UP / (y[1] - y[0])]);
    for (const { label, colour, name, at } of looks) {
      const found = outline(of, at, channels, scale, 2);
      if (!Number.isFinite(found.x + found.long)) continue;
      const place = `translate(${this.x(found.x)} ${this.y(found.y)}) rotate(${found.turned})`;
      const group = drawn("g", { class: faded(label, selected), transform: place });
      const size = { rx: found.long, ry: found.short };
      const title = drawn("title", {}, name);
      const shape = drawn("ellipse", { ...size, class: "px-ellipse" });
      shape.style.stroke = colour;
      const dot = drawn("circle", { r: 4, class: "px-mean" });
      dot.style.fill = colour;
      const halo = drawn("ellipse", { ...size, class: "px-halo" });
      halo.style.stroke = dot.style.stroke = beneath(colour);
      group.append(title, halo, shape, dot);
      group.addEventListener("click", () => this.pick(label));
      this.moving.append(group);
    }
  }

  /**
   * @param {Gaussians} of
   * @param {(Look & {at: number})[]} looks
   * @param {number} channel
   * @param {number | null} selected
   */
  curves(of, looks, channel, selected) {
    const [low, high] = /** @type {Density} */ (this.density).x;
    const places = Array.from({ length: POINTS + 1 }, (_, at) => low + ((high - low) * at) / POINTS);
    const sum = places.map(() => 0);
    const line = (/** @type {number[]} */ heights) =>
      heights.map((height, at) => `${this.x(places[at]).toFixed(1)},${(6 + UP - height * (this.unit ?? 1)).toFixed(1)}`).join(" ");
    for (const { label, colour, name, at } of looks) {
      const heights = curve(of, at, channel, places);
      heights.forEach((height, place) => (sum[place] += height));
      const group = drawn("g", { class: faded(label, selected) });
      const shape = drawn("polyline", { points: line(heights), class: "px-component-curve" });
      shape.style.stroke = colour;
      group.append(drawn("title", {}, name), shape);
      group.addEventListener("click", () => this.pick(label));
      this.moving.append(group);
    }
    this.moving.prepend(drawn("polyline", { points: line(sum), class: "px-sum" }));
  }

  /** @param {number} value */
  x(value) {
    const [low, high] = this.density?.x ?? [0, 1];
    return LEFT + (ACROSS * (value - low)) / (high - low);
  }

  /** @param {number} value */
  y(value) {
    const [low, high] = this.density?.y ?? [0, 1];
    return 6 + UP - (UP * (value - low)) / (high - low);
  }
}


/** White below dark colours, ink below light ones, so that a line is seen over anything. @param {string} colour */
function beneath(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 150 ? "#ffffff" : "#16191d";
}

/**
 * @param {number} label
 * @param {number | null} selected
 */
function faded(label, selected) {
  if (selected === null) return "px-gaussian";
  return label === selected ? "px-gaussian px-chosen" : "px-gaussian px-faded";
}

/**
 * @param {string} words
 * @param {number} x
 * @param {number} y
 * @param {string} anchor
 * @param {string} kind
 */
function text(words, x, y, anchor, kind = "px-tick") {
  return drawn("text", { x, y, "text-anchor": anchor, class: kind }, words);
}
