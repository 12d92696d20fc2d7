import { made } from "../core/elements.js";

/**
 * @param {import("../core/studio.js").Studio} studio
 * @returns {import("../core/layout.js").Panel}
 */
export function mixturePanel(studio) {
  return { element: made("section", { class: "px-mixture" }) };
}
