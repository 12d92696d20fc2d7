// Where the panels stand: the image, tabs beside it, the convergence below.
import { choicesPanel } from "../choices/panel.js";
import { convergencePanel } from "../convergence/panel.js";
import { guidePanel } from "../guide/panel.js";
import { drops } from "../image/drop.js";
import { imagePanel } from "../image/panel.js";
import { measurePanel } from "../measure/panel.js";
import { mixturePanel } from "../mixture/panel.js";
import { outputPanel } from "../output/panel.js";
import { teachPanel } from "../teach/panel.js";
import { made } from "./elements.js";
import { header } from "./header.js";
import { tabs } from "./tabs.js";

/** @typedef {import("./studio.js").Studio} Studio */

/**
 * A part of the page: its element, and what ends it.
 * @typedef {{element: HTMLElement, end?: () => void}} Panel
 */

/**
 * @param {Studio} studio
 * @param {HTMLElement} el
 * @returns {() => void}
 */
export function layout(studio, el) {
  const image = imagePanel(studio);
  const convergence = convergencePanel(studio);
  const beside = tabs([
    ["Mixture", mixturePanel(studio)],
    ["Choices", choicesPanel(studio)],
    ["Guide", guidePanel(studio)],
    ["Measure", measurePanel(studio)],
    ["Take home", outputPanel(studio)],
    ["Teach", teachPanel(studio)],
  ]);
  const top = header(studio);
  const root = made("div", { class: "px-studio" }, top.element, image.element, beside.element, convergence.element);
  drops(studio, root, image.element);
  const themed = () => {
    const theme = studio.shared.get("theme");
    if (theme === "auto") root.removeAttribute("data-theme");
    else root.setAttribute("data-theme", theme);
  };
  studio.shared.on("theme", themed);
  el.replaceChildren(root);
  return () => {
    for (const panel of [top, image, beside, convergence]) panel.end?.();
    el.replaceChildren();
  };
}
