// The bar at the top: the image's name, open, run, cancel, how the run is doing, light or dark.
import { button, made } from "./elements.js";
import { openFile } from "./opening.js";
import { remarks } from "./remarks.js";

/** @typedef {import("./studio.js").Studio} Studio */

/**
 * @param {Studio} studio
 * @returns {import("./layout.js").Panel}
 */
export function header(studio) {
  const chooser = made("input", { type: "file", class: "px-hidden", "aria-label": "Image file" });
  chooser.addEventListener("change", () => {
    const file = chooser.files?.[0];
    if (file) openFile(studio, file);
    chooser.value = "";
  });
  /** @param {string} name */
  const ask = (name) => studio.ask(name).catch((refused) => studio.shared.set("notice", refused.message));
  const open = button("Open image …", () => chooser.click());
  const run = button("Run", () => ask("run"), { class: "px-button px-primary", disabled: true });
  const cancel = button("Cancel", () => ask("cancel"), { disabled: true });
  const status = made("p", { class: "px-status", role: "status", "aria-live": "polite" }, "Open an image, or drop one here.");
  const theme = button("Light or dark", () => {
    const dark = getComputedStyle(element).colorScheme.includes("dark");
    studio.shared.set("theme", dark ? "light" : "dark");
  });
  const name = made("h1", { class: "px-name", dir: "auto" }, "pixture studio");
  const element = made("header", { class: "px-header" }, name, open, chooser, run, cancel, status, remarks(studio), theme);
  studio.state.on("image", (image) => {
    name.textContent = image ? image.name : "pixture studio";
    name.title = image ? image.name : ""; // which may be too long to be seen whole
    run.disabled = !image;
    if (image && studio.state.get("run")?.status === "idle") status.textContent = image.words;
  });
  studio.state.on("run", (said) => {
    cancel.disabled = said.status !== "running";
    element.dataset.run = said.status;
    if (said.sentence) status.textContent = said.sentence;
  });
  studio.shared.on("notice", (sentence) => {
    if (!sentence) return;
    if (status.textContent !== sentence) status.textContent = sentence;
    studio.shared.set("notice", ""); // so that the same one is said again when it holds again
  });
  studio.shared.on("connected", (there) => {
    element.dataset.connected = String(there);
    if (there) status.textContent = "pixture is there again.";
  });
  return { element };
}
