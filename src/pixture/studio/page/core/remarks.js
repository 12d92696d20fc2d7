// What a run warned of: how many remarks there are, and a list of them when it is opened.
import { made } from "./elements.js";

/** @typedef {import("./studio.js").Studio} Studio */

/**
 * @param {Studio} studio
 * @returns {HTMLElement}
 */
export function remarks(studio) {
  const summary = made("summary", { class: "px-button" });
  const list = made("ul", {});
  const element = made("details", { class: "px-remarks", hidden: true }, summary, list);
  studio.state.on("result", (result) => {
    const warnings = /** @type {string[]} */ (result?.warnings ?? []);
    element.hidden = warnings.length === 0;
    element.open = false;
    summary.textContent = warnings.length === 1 ? "1 remark" : `${warnings.length} remarks`;
    list.replaceChildren(...warnings.map((sentence) => made("li", {}, sentence)));
  });
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !element.open) return;
    element.open = false;
    summary.focus();
  });
  return element;
}
