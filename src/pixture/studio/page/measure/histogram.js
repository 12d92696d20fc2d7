// The histogram of a column of the table.
import { made } from "../core/elements.js";
import { counted, shown, words } from "./columns.js";

/** @typedef {import("./columns.js").Column} Column */

const BINS = 32;
const SVG = "http://www.w3.org/2000/svg";

export function histogram() {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", `0 0 ${BINS} 16`);
  picture.setAttribute("preserveAspectRatio", "none");
  picture.setAttribute("role", "img");
  picture.classList.add("px-measure-histogram");
  const title = made("figcaption", { class: "px-quiet" });
  const least = made("span");
  const most = made("span");
  const element = made("figure", { class: "px-figure", hidden: true }, title, picture, made("div", { class: "px-ends px-quiet" }, least, most));
  return {
    element,
    /**
     * @param {Column | null} column
     * @param {number} chosen the row that is chosen, or -1
     */
    of(column, chosen = -1) {
      element.hidden = !column || column.values.length < 2;
      if (!column || element.hidden) return;
      const found = counted(column.values, BINS);
      const highest = Math.max(...found.counts);
      const here = chosen >= 0 ? found.binOf(column.values[chosen]) : -1;
      picture.replaceChildren(
        ...Array.from(found.counts, (count, at) => {
          const bar = document.createElementNS(SVG, "rect");
          const height = (15.5 * count) / highest;
          for (const [name, value] of Object.entries({ x: at + 0.06, y: 16 - height, width: 0.88, height })) bar.setAttribute(name, String(value));
          bar.setAttribute("class", at === here ? "px-measure-bar px-measure-here" : "px-measure-bar");
          return bar;
        }),
      );
      const unit = column.unit && column.unit !== "pixels" ? ` ${column.unit}` : "";
      title.textContent = `Histogram of ${words(column.name)}${column.unit && column.unit !== words(column.name) ? ` in ${column.unit}` : ""}`;
      [least.textContent, most.textContent] = [`${shown(found.least)}${unit}`, `${shown(found.most)}${unit}`];
      picture.setAttribute("aria-label",
        `Histogram of ${words(column.name)}: from ${shown(found.least)} to ${shown(found.most)}${unit}; the highest of ${BINS} bars has ${highest} objects.`);
    },
  };
}
