// One choice: its control, made from what the session says of its values; its help; what was refused.
import { button, hasFocus, made } from "../core/elements.js";

/**
 * What the session says of an option (see `options_form.py`).
 * @typedef {{name: string, title: string, panel: string, group: string, often: boolean, runs: boolean, help: string,
 *   more: string, values: any, default: any, shown_default: string}} Option
 */

/**
 * A control: its element, what its label names, how it shows a value, and what stands below it, if something.
 * @typedef {{element: HTMLElement, labelled: HTMLElement, show: (value: any) => void, below?: HTMLElement}} Control
 */

/**
 * @param {Option} option
 * @param {(value: any) => void} change called with a value that was chosen; null takes the default
 * @returns {Control}
 */
export function controlOf(option, change) {
  const { kind } = option.values;
  if (kind === "name") return names(option, change);
  if (kind === "flag") return flag(change);
  if (kind === "number or name") return nameOrNumber(option, change);
  if (kind === "features") return features(option, change);
  return field(option, change);
}

/**
 * What is taken where nothing is chosen, in words.
 * @param {Option} option
 */
export function defaultInWords({ default: value, shown_default: words }) {
  if (words) return words;
  if (value === null) return "";
  if (value === true) return "on";
  return value === false ? "off" : String(value);
}

/**
 * @param {Option} option
 * @param {(value: any) => void} change
 * @returns {Control}
 */
function names(option, change) {
  const select = made("select", { class: "px-field", onchange: () => change(select.value === "" ? null : select.value) });
  if (option.default === null) select.append(made("option", { value: "" }, `default (${option.shown_default})`));
  for (const word of option.values.words) select.append(made("option", { value: word }, word));
  return { element: select, labelled: select, show: (value) => (select.value = value ?? "") };
}

/**
 * @param {(value: any) => void} change
 * @returns {Control}
 */
function flag(change) {
  const box = made("input", { type: "checkbox", onchange: () => change(box.checked) });
  return { element: box, labelled: box, show: (value) => (box.checked = Boolean(value)) };
}

/**
 * @param {Option} option
 * @param {(value: any) => void} change
 * @returns {Control}
 */
function field(option, change) {
  const number = option.values.kind !== "text";
  const input = made("input", {
    class: number ? "px-field px-number" : "px-field", type: number ? "number" : "text",
    min: option.values.least ?? undefined, max: option.values.most ?? undefined,
    step: option.values.kind === "whole" ? 1 : "any", placeholder: shortened(option.shown_default),
    onchange: () => change(read(input.value, number)),
  });
  return { element: input, labelled: input, show: (value) => focusedOr(input, value) };
}

/**
 * A word, or a number in its place; of smoothing a slider.
 * @param {Option} option
 * @param {(value: any) => void} change
 * @returns {Control}
 */
function nameOrNumber(option, change) {
  const own = option.name === "smooth" ? "strength …" : "number …";
  const select = made("select", { class: "px-field" });
  if (option.default === null) select.append(made("option", { value: "" }, `default (${shortened(option.shown_default)})`));
  for (const word of option.values.words) select.append(made("option", { value: word }, word));
  select.append(made("option", { value: "number" }, own));
  const slides = option.name === "smooth";
  const input = made("input", {
    type: slides ? "range" : "number", class: slides ? "" : "px-field px-number", min: option.values.least ?? 0,
    max: slides ? 20 : undefined, step: slides ? 0.5 : "any", "aria-label": `${option.title}: ${slides ? "strength" : "number"}`,
    oninput: () => (said.textContent = slides ? input.value : ""), onchange: () => change(read(input.value, true)),
  });
  const said = made("output", {});
  const numbers = made("span", { class: "px-row px-strength", hidden: true }, input, slides ? said : null);
  select.addEventListener("change", () => {
    numbers.hidden = select.value !== "number";
    if (select.value !== "number") change(select.value === "" ? null : select.value);
    else if (slides) change(read(input.value, true));
    else input.focus();
  });
  return {
    element: made("div", { class: "px-row" }, select, numbers),
    labelled: select,
    show: (value) => {
      select.value = typeof value === "number" ? "number" : value ?? "";
      numbers.hidden = typeof value !== "number";
      if (typeof value === "number") focusedOr(input, value);
      else if (slides) input.value = "4";
      said.textContent = slides ? input.value : "";
    },
  };
}

/**
 * Features as text, such as lab,position:0.3, and a button for each name.
 * @param {Option} option
 * @param {(value: any) => void} change
 * @returns {Control}
 */
function features(option, change) {
  const input = made("input", {
    type: "text", class: "px-field px-features", placeholder: option.shown_default,
    onchange: () => change(input.value.trim() === "" ? null : input.value),
  });
  const parts = () => input.value.split(",").map((part) => part.trim()).filter(Boolean);
  const nameOf = (/** @type {string} */ part) => part.split(":")[0].trim();
  const buttons = /** @type {string[]} */ (option.values.words).map((word) =>
    button(word, () => {
      const rest = parts().filter((part) => nameOf(part) !== word);
      input.value = (rest.length < parts().length ? rest : [...rest, word]).join(",");
      change(input.value === "" ? null : input.value);
    }, { class: "px-button px-small px-chip", "aria-pressed": "false" }),
  );
  const pressed = () => {
    for (const one of buttons) one.setAttribute("aria-pressed", String(parts().some((part) => nameOf(part) === one.textContent)));
  };
  return {
    element: made("div", { class: "px-feature-choice" }, input, made("div", { class: "px-row px-chips", role: "group", "aria-label": "Features" }, ...buttons)),
    labelled: input,
    show: (value) => {
      focusedOr(input, value);
      pressed();
    },
  };
}

/**
 * @param {string} text
 * @param {boolean} number
 */
function read(text, number) {
  if (text.trim() === "") return null;
  return number ? Number(text) : text;
}

/**
 * Show a value, unless somebody is typing another.
 * @param {HTMLInputElement} input
 * @param {any} value
 */
function focusedOr(input, value) {
  if (!hasFocus(input) || input.type === "range") input.value = value === null ? "" : String(value);
}

/** @param {string} words */
const shortened = (words) => words.split(/[;,]/)[0];
