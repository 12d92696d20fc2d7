// How long something in the image is, where the size of its pixels is known.
import { made } from "../core/elements.js";

const WIDEST = 140;

/**
 * @param {import("./view.js").View} view
 * @param {() => {size: number, unit: string | null, isKnown: boolean}} pixel how long one is, along a row
 * @returns {{element: HTMLElement, show: () => void}}
 */
export function scaleBar(view, pixel) {
  const line = made("span", { class: "px-scale-line" });
  const words = made("span", {});
  const element = made("div", { class: "px-scale", role: "img", hidden: true }, line, words);
  function show() {
    const { size, unit, isKnown } = pixel();
    element.hidden = !isKnown || !view.columns || !(size > 0);
    if (element.hidden) return;
    const length = round((WIDEST / view.scale) * size);
    line.style.width = `${(length / size) * view.scale}px`;
    words.textContent = `${length >= 0.001 && length < 1e6 ? Number(length.toPrecision(3)) : length.toExponential(0)} ${unit ?? "units"}`;
    element.setAttribute("aria-label", `Scale: the line is ${words.textContent} long`);
  }
  return { element, show };
}

/**
 * The largest of 1, 2, 5, 10, 20, … that is not larger.
 * @param {number} most
 */
export function round(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  const share = most / power;
  return (share >= 5 ? 5 : share >= 2 ? 2 : 1) * power;
}
