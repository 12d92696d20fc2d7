// Equations, as MathML.

const SPACE = "http://www.w3.org/1998/Math/MathML";

/** @typedef {Element | string} Part a letter, a number or a sign; or a part that is made already */

/** @param {string} tag @param {...Part} parts @returns {Element} */
function of(tag, ...parts) {
  const element = document.createElementNS(SPACE, tag);
  element.append(...parts.map((part) => (typeof part === "string" ? token(part) : part)));
  return element;
}

/** @param {string} text @returns {Element} */
function token(text) {
  const tag = /^\p{L}+$/u.test(text) ? "mi" : /^[\d.]+$/.test(text) ? "mn" : "mo";
  const element = document.createElementNS(SPACE, tag);
  element.textContent = text;
  return element;
}

/** @param {...Part} parts */
export const row = (...parts) => of("mrow", ...parts);

/** @param {Part} what @param {...Part} index */
export const sub = (what, ...index) => of("msub", what, row(...index));

/** @param {Part} what @param {Part} power */
export const sup = (what, power) => of("msup", what, power);

/** @param {Part} above @param {Part} below */
export const fraction = (above, below) => of("mfrac", above, below);

/** @param {Part} index */
export const sum = (index) => of("munder", "∑", index);

/** @param {...Part} parts */
export function equation(...parts) {
  const element = of("math", row(...parts));
  element.setAttribute("display", "block");
  return element;
}
