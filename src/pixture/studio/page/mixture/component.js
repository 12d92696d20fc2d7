// A component in the list: its colour, name, share, mean, and what can be done with it.
import { button, hasFocus, made } from "../core/elements.js";
import { percent } from "../core/numbers.js";

/**
 * @typedef {{label: number, name: string, colour: string, share: number, mean: number[] | null,
 *   deviation: number[] | null, uncertain: number | null, locked: boolean, hidden: boolean,
 *   selected: boolean, merged: boolean}} Shown
 */

/** @typedef {{ask: (name: string, says: Record<string, any>) => void, select: (label: number) => void,
 *   hide: (label: number) => void, marked: () => void}} Doing */

export class Component {
  /**
   * @param {number} label
   * @param {Doing} doing
   */
  constructor(label, doing) {
    const ask = (/** @type {string} */ name, /** @type {Record<string, any>} */ says = {}) => doing.ask(name, { label, ...says });
    this.mark = made("input", { type: "checkbox", "aria-label": `Label ${label}: to be merged`, onchange: doing.marked });
    this.colour = made("input", {
      type: "color", class: "px-colour", "aria-label": `Colour of label ${label}`,
      onchange: () => ask("colour", { colour: this.colour.value }),
    });
    this.name = made("input", {
      type: "text", dir: "auto", class: "px-field px-component-name", maxlength: 80, placeholder: `label ${label}`,
      "aria-label": `Name of label ${label}`, onchange: () => ask("rename", { name: this.name.value }),
    });
    this.tag = made("span", { class: "px-tag", hidden: true });
    this.pick = button("", () => doing.select(label), { class: "px-share", "aria-pressed": "false" });
    this.says = made("p", { class: "px-quiet px-numbers" });
    this.hide = button("Hide", () => doing.hide(label), { class: "px-button px-small" });
    this.lock = button("Lock", () => ask("lock", { locked: !this.isLocked }), { class: "px-button px-small", title: "Mean and covariance stay as they are in the fits to come" });
    this.split = button("Split", () => ask("split"), { class: "px-button px-small", title: "Two components in its place, fitted again" });
    this.unmerge = button("Unmerge", () => ask("unmerge"), { class: "px-button px-small", hidden: true });
    this.remove = button("Delete", () => ask("delete"), { class: "px-button px-small", title: "Without this one, fitted again" });
    this.actions = made("div", { class: "px-row px-actions", role: "group", "aria-label": `Label ${label}` }, this.hide, this.lock, this.split, this.unmerge, this.remove);
    this.element = made("li", { class: "px-component" }, this.mark, this.colour, this.name, this.tag, this.pick, this.says, this.actions);
    this.element.addEventListener("click", (event) => {
      if (event.target === this.element || event.target === this.says) doing.select(label);
    });
    this.label = label;
    this.isLocked = false;
  }

  /** @param {Shown} shown */
  show(shown) {
    this.isLocked = shown.locked;
    if (this.colour.value !== shown.colour) this.colour.value = shown.colour;
    if (!hasFocus(this.name)) this.name.value = isNumber(shown.name, this.label) ? "" : shown.name;
    this.pick.textContent = percent(shown.share);
    this.pick.setAttribute("aria-pressed", String(shown.selected));
    this.pick.setAttribute("aria-label", `Label ${this.label}${shown.name ? `, ${shown.name}` : ""}: ${percent(shown.share)} of the image; highlight its pixels`);
    this.pick.title = "Highlight its pixels";
    this.says.textContent = numbers(shown);
    const tags = [shown.locked && "locked", shown.hidden && "hidden"].filter(Boolean);
    this.tag.textContent = tags.join(", ");
    this.tag.hidden = tags.length === 0;
    this.hide.textContent = shown.hidden ? "Show" : "Hide";
    this.lock.textContent = shown.locked ? "Unlock" : "Lock";
    this.split.hidden = shown.merged;
    this.unmerge.hidden = !shown.merged;
    this.element.classList.toggle("px-selected", shown.selected);
    this.element.classList.toggle("px-is-hidden", shown.hidden);
  }
}

/**
 * Whether a class is called by its number, as those without a name are where others have one.
 * @param {string} name
 * @param {number} label
 */
const isNumber = (name, label) => name === `${label}` || name === `label ${label}`;

/** @param {Shown} shown */
function numbers({ mean, deviation, uncertain }) {
  const said = [];
  if (mean) said.push(`mean ${mean.slice(0, 4).map(round).join(", ")}${mean.length > 4 ? ", …" : ""}`);
  if (deviation) said.push(`sd ${deviation.slice(0, 4).map(round).join(", ")}${deviation.length > 4 ? ", …" : ""}`);
  if (uncertain !== null) said.push(`${percent(uncertain)} uncertain`.replaceAll(" ", "\u00a0"));
  return said.join(" · ");
}

/** @param {number | null} value */
function round(value) {
  if (value === null || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1e6 || (size > 0 && size < 1e-3)) return value.toExponential(1).replaceAll("-", "−");
  return (size >= 10 ? value.toFixed(0) : size >= 1 ? value.toFixed(1) : value.toPrecision(2)).replace("-", "−");
}
