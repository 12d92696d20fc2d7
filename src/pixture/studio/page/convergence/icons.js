// The signs on the buttons that play a fit: drawn, since fonts lack them.
import { drawn } from "../core/svg.js";

const SHAPES = {
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M11 3v10L4 8z",
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  on: "M5 3v10l7-5z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
};

/** @typedef {keyof typeof SHAPES} Sign */

/** @param {Sign} sign */
export function icon(sign) {
  return drawn("svg", { class: "px-icon", viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" }, drawn("path", { d: SHAPES[sign] }));
}
