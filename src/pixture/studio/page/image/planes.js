// Which plane of a volume, and which time of a series, is looked at.
import { made } from "../core/elements.js";

/** @typedef {import("../core/studio.js").Studio} Studio */
/** @typedef {import("./look.js").Look} Look */

/**
 * @param {Studio} studio
 * @param {Look} look
 * @returns {{element: HTMLElement, show: () => void, step: (by: number) => void}}
 */
export function planes({ shared }, look) {
  const time = slider("Time", () => choose());
  const plane = slider("Plane", () => choose());
  const element = made("div", { class: "px-planes", hidden: true }, time.element, plane.element);

  function choose() {
    shared.set("plane", time.value() * look.depth + plane.value());
  }

  function show() {
    const image = look.image;
    element.hidden = !image || image.planes < 2;
    if (element.hidden) return;
    const index = shared.get("plane");
    time.show(Math.floor(index / look.depth), image.planes / look.depth);
    plane.show(index % look.depth, look.depth);
  }

  /** @param {number} by */
  function step(by) {
    const image = look.image;
    if (image) shared.set("plane", Math.min(Math.max(shared.get("plane") + by, 0), image.planes - 1));
  }
  return { element, show, step };
}

/**
 * @param {string} words
 * @param {() => void} chosen
 */
function slider(words, chosen) {
  const input = made("input", { type: "range", min: 0, step: 1, "aria-label": words, oninput: chosen });
  const says = made("output", { class: "px-plane-number" });
  const element = made("label", { class: "px-plane" }, made("span", { "aria-hidden": "true" }, words), input, says);
  return {
    element,
    value: () => Number(input.value),
    /** @param {number} index @param {number} length */
    show(index, length) {
      element.hidden = length < 2;
      input.max = String(length - 1);
      input.value = String(index);
      input.setAttribute("aria-valuetext", `${words} ${index + 1} of ${length}`);
      says.textContent = `${index + 1} / ${length}`;
    },
  };
}
