// The bar at the top: the image's name, open, run, cancel, how the run is doing, light or dark.
import { button, made } from "./elements.js";
import { openFile } from "./opening.js";
import { remarks } from "./remarks.js";

/** @typedef {import("./studio.js").Studio} Studio */

const INVITING = "Open an image, or drop one here.";

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
  let said = INVITING;
  const status = made("p", { class: "px-status", role: "status", "aria-live": "polite" }, said);
  const theme = button("Light or dark", () => {
    const dark = getComputedStyle(element).colorScheme.includes("dark");
    studio.shared.set("theme", dark ? "light" : "dark");
  });
  const name = made("h1", { class: "px-name", dir: "auto" }, "pixture studio");
  const element = made("header", { class: "px-header" }, name, open, chooser, run, cancel, status, remarks(studio), theme);
  const show = () => {
    const waits = studio.shared.get("waits");
    element.dataset.waits = String(waits !== "");
    status.textContent = waits || said;
  };
  /** @param {string} sentence */
  const say = (sentence) => {
    said = sentence || INVITING;
    show();
  };
  studio.state.on("image", (image) => {
    name.textContent = image ? image.name : "pixture studio";
    name.title = image ? image.name : ""; // which may be too long to be seen whole
    run.disabled = !image;
    if (image && studio.state.get("run")?.status === "idle") say(image.words);
  });
  studio.state.on("run", (now) => {
    cancel.disabled = now.status !== "running";
    element.dataset.run = now.status;
    if (now.sentence) say(now.sentence);
  });
  studio.shared.on("notice", (sentence) => {
    if (!sentence) return;
    say(sentence);
    studio.shared.set("notice", ""); // so that the same one is said again when it holds again
  });
  studio.shared.on("waits", show);
  studio.shared.on("connected", (there) => {
    element.dataset.connected = String(there);
    if (there) say("pixture is there again.");
  });
  return { element };
}
