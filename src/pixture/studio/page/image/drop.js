// What is there without an image, and files that are dropped on the panel.
import { button, made } from "../core/elements.js";
import { openFile } from "../core/opening.js";
import { savedSessions } from "../output/saved-sessions.js";

/** @typedef {import("../core/studio.js").Studio} Studio */

/** @type {[string, string][]} */
const SAMPLES = [["china", "A temple (china.jpg)"], ["flower", "A flower (flower.jpg)"]];

/**
 * What invites to open an image.
 * @param {Studio} studio
 * @returns {HTMLElement}
 */
export function empty(studio) {
  const chooser = made("input", { type: "file", class: "px-hidden", "aria-label": "Image file" });
  chooser.addEventListener("change", () => {
    const file = chooser.files?.[0];
    if (file) openFile(studio, file);
    chooser.value = "";
  });
  const wrong = made("p", { class: "px-wrong", role: "alert", hidden: true });
  /** @param {string} name */
  async function open(name) {
    wrong.hidden = true;
    try {
      await studio.ask("open-sample", { name });
    } catch (refused) {
      wrong.textContent = /** @type {Error} */ (refused).message;
      wrong.hidden = false;
    }
  }
  const sessions = savedSessions(studio).element;
  const earlier = made("div", { class: "px-earlier", hidden: true }, made("h3", {}, "Or go on where you were"), sessions);
  sessions.addEventListener("px-listed", () => (earlier.hidden = sessions.dataset.count === "0"));
  return made(
    "div", { class: "px-empty" },
    made("h2", {}, "Drop an image here"),
    made("p", {}, "A photograph, a scan, a volume, a map: pixture fits a mixture of Gaussians to its colours and shows you how. The image goes to no other computer than the one that runs pixture."),
    made("div", { class: "px-row" }, button("Open an image …", () => chooser.click(), { class: "px-button px-primary" }), chooser),
    made("p", { class: "px-quiet" }, "Or try one of two photographs:"),
    made("div", { class: "px-row" }, ...SAMPLES.map(([name, words]) => button(words, () => open(name)))),
    wrong,
    earlier,
  );
}

/**
 * Open what is dropped on an element: beside it the browser would leave the page for the file.
 * @param {Studio} studio
 * @param {HTMLElement} element
 * @param {HTMLElement} shows the part of it that shows that something may be dropped
 */
export function drops(studio, element, shows) {
  const shade = made("div", { class: "px-drop", "aria-hidden": "true", hidden: true }, made("span", {}, "Let go to open it"));
  shows.append(shade);
  let inside = 0;
  /** @param {DragEvent} event */
  const holds = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  element.addEventListener("dragenter", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    inside++;
    shade.hidden = false;
  });
  element.addEventListener("dragover", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
  });
  element.addEventListener("dragleave", (event) => {
    if (holds(event) && --inside <= 0) {
      inside = 0;
      shade.hidden = true;
    }
  });
  element.addEventListener("drop", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    inside = 0;
    shade.hidden = true;
    const file = event.dataTransfer?.files[0];
    if (file) openFile(studio, file);
  });
}
