// What is known of the pixel under the pointer or the crosshair, as a line under the image.
import { made } from "../core/elements.js";
import { written } from "../core/numbers.js";

/** @typedef {import("../core/studio.js").Studio} Studio */
/** @typedef {import("./look.js").Look} Look */

const MOST_BARS = 12;

/**
 * A place in the image: `plane` is counted through all times.
 * @typedef {{x: number, y: number, plane: number}} Place
 */

export class Readout {
  /**
   * @param {Studio} studio
   * @param {Look} look
   */
  constructor(studio, look) {
    this.studio = studio;
    this.look = look;
    this.where = made("span", { class: "px-where" });
    this.values = made("span", { class: "px-values" });
    this.label = made("span", { class: "px-label-here" });
    this.bars = made("span", { class: "px-bars", role: "img" });
    this.part = made("span", { class: "px-part-here" });
    this.hint = made("span", { class: "px-hint" });
    this.spoken = made("span", { class: "px-unseen", "aria-live": "polite" });
    this.element = made("div", { class: "px-readout" }, this.hint, this.where, this.values, this.label, this.part, this.bars, this.spoken);
    /** @type {Place | null} */
    this.place = null;
    /** What was last found; null where no place is looked at. @type {any} */
    this.found = null;
    this.isAsking = false;
    /** Whether what is known may be out of date. */
    this.isOld = false;
    this.isSpoken = false;
    this.show(null);
  }

  /**
   * Another pixel is looked at.
   * @param {Place | null} place
   * @param {boolean} aloud whether it is said to who does not see it
   */
  point(place, aloud = false) {
    const same = place && this.place && ["x", "y", "plane"].every((name) => place[/** @type {"x"} */ (name)] === this.place?.[/** @type {"x"} */ (name)]);
    this.isSpoken = aloud;
    if (same || (!place && !this.place)) return;
    this.place = place;
    if (!place) this.show(null);
    else this.ask();
  }

  /** What is known of it may have changed. */
  again() {
    this.isOld = true;
    if (this.place) this.ask();
    else this.refresh();
  }

  /** What is said of what is known may be another. */
  refresh() {
    if (this.found) this.show(this.found);
    else this.sayHint();
  }

  /** Ask for what is known of the place: one question at a time, and the latest place wins. */
  async ask() {
    if (this.isAsking) return;
    this.isAsking = true;
    /** @type {Place | null} */
    let asked = null;
    while (this.place && (this.place !== asked || this.isOld)) {
      asked = this.place;
      this.isOld = false;
      /** @type {any} */
      let found = null;
      try {
        found = { ...(await this.studio.ask("pixel", asked)).says, ...asked };
      } catch (refused) {
        found = { refused: /** @type {Error} */ (refused).message };
      }
      if (this.place) this.show(found);
    }
    this.isAsking = false;
  }

  /** @param {any} found */
  show(found) {
    const { shared } = this.studio;
    this.found = found?.refused ? null : found;
    this.sayHint(found?.refused);
    if (!this.isSpoken || !this.found) this.spoken.textContent = "";
    if (!this.found) {
      for (const part of [this.where, this.values, this.label, this.part, this.bars]) part.replaceChildren();
      this.bars.hidden = true;
      shared.set("pointer", null);
      return;
    }
    const names = this.look.image?.channels ?? [];
    const { label, probabilities = [], values, x, y, plane, masked } = found;
    const component = this.look.result?.components[label];
    const name = component ? component.name || `label ${label}` : "";
    const colours = this.look.colours;
    const depth = this.look.image ? this.look.depth : 1;
    this.where.textContent = `x ${x}, y ${y}${depth > 1 ? `, z ${plane % depth}` : ""}`;
    const shown = values.slice(0, 8).map((/** @type {number | null} */ value, /** @type {number} */ at) => `${names[at] ?? at} ${written(value)}`);
    if (values.length > 8) shown.push(`and ${values.length - 8} more`);
    this.values.replaceChildren(...shown.map((/** @type {string} */ one) => made("span", {}, one)));
    const swatch = made("span", { class: "px-swatch", "aria-hidden": "true" });
    if (component) swatch.style.background = css(colours[label]);
    this.label.replaceChildren(...(component ? [swatch, name] : masked ? ["takes no part (masked)"] : []));
    this.part.textContent = this.partOf(found);
    const many = probabilities
      .map((/** @type {number} */ share, /** @type {number} */ at) => ({ share, at }))
      .sort((/** @type {any} */ one, /** @type {any} */ other) => (probabilities.length > MOST_BARS ? other.share - one.share : one.at - other.at))
      .slice(0, MOST_BARS);
    this.bars.replaceChildren(...many.map((/** @type {{share: number, at: number}} */ one) => bar(one.share, css(colours[one.at]))));
    this.bars.hidden = !probabilities.length;
    const likely = probabilities.length ? `${name}, probability ${probabilities[label].toFixed(2)}` : "";
    this.bars.setAttribute("aria-label", `Probabilities of the components: ${probabilities.map((/** @type {number} */ share) => share.toFixed(2)).join(", ")}`);
    this.bars.title = likely;
    if (this.isSpoken) this.spoken.textContent = `${this.where.textContent}: ${shown.join(", ")}. ${[likely || (masked ? "masked" : ""), this.part.textContent].filter(Boolean).join("; ")}`;
    shared.set("pointer", { x, y, plane, label: label ?? null, name, values, probabilities, colour: component ? css(colours[label]) : null });
  }

  /** The object or region that a pixel is in, where these are shown. @param {any} found */
  partOf({ object, superpixel }) {
    const layer = this.studio.shared.get("layer");
    const region = this.look.regionOf(superpixel);
    if (layer === "regions") return region ? this.look.regionInWords(region) : "";
    if (layer !== "objects" || object === undefined) return "";
    return object ? `object ${object}` : "no object";
  }

  /** Where no pixel is looked at: what is selected, or what could be done. @param {string} [refused] */
  sayHint(refused) {
    const { shared, state } = this.studio;
    this.hint.hidden = this.found !== null;
    const layer = shared.get("layer");
    const region = this.look.regionOf(shared.get("superpixel"));
    let words = "Point at a pixel to see its values";
    if (layer === "regions") words = region ? `Selected: ${this.look.regionInWords(region)}` : `${words} and its region; a click selects the region`;
    else if (layer === "objects") words = shared.get("object") ? `Selected: object ${shared.get("object")}` : `${words} and its object; a click selects the object`;
    else if (state.get("result")) words += " and its label; a click highlights the label";
    this.hint.textContent = refused || `${words}.`;
  }
}

/** @param {number} share @param {string} colour */
function bar(share, colour) {
  const filled = made("span", {});
  filled.style.height = `${Math.max(share > 0.005 ? 6 : 0, 100 * share)}%`;
  filled.style.background = colour;
  return made("span", { class: "px-bar" }, filled);
}

/** @param {number[] | undefined} colour */
const css = (colour) => `rgb(${(colour ?? [136, 136, 136]).join(", ")})`;
