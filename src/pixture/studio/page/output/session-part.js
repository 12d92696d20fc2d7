// The session as a file, and sessions that are saved by themselves.
import { button, made, newId } from "../core/elements.js";
import { openFile } from "../core/opening.js";
import { fetched, save, size } from "./download.js";
import { savedSessions } from "./saved-sessions.js";

/**
 * @param {import("../core/studio.js").Studio} studio
 * @returns {import("../core/layout.js").Panel}
 */
export function sessionPart(studio) {
  const { state } = studio;
  const says = made("p", { class: "px-says", role: "status", "aria-live": "polite" });
  const wrong = made("p", { class: "px-wrong", role: "alert", hidden: true });
  const image = made("input", { type: "checkbox", id: newId("with-image"), checked: true });
  const chooser = made("input", { type: "file", class: "px-hidden", "aria-label": "Session file", onchange: () => {
    const file = chooser.files?.[0];
    if (file) openFile(studio, file);
    chooser.value = "";
  } });
  const take = button("Download the session", () => download(), { disabled: true });
  const own = made("input", { type: "checkbox", id: newId("by-itself"), onchange: () => turn(own.checked) });
  const kept = made("span", { class: "px-quiet" });
  const byItself = made("div", { class: "px-row", hidden: true }, own, made("label", { for: own.id }, "Save by itself on this computer"), kept);
  const earlier = savedSessions(studio);
  const element = made(
    "section", { class: "px-part", "aria-label": "Session" },
    made("h3", {}, "Session"),
    made("p", { class: "px-quiet" }, "One file that opens again as it was: choices, marks, names, the fit."),
    made("div", { class: "px-row" }, image, made("label", { for: image.id }, "With the image")),
    made("div", { class: "px-row" }, take, button("Open a session …", () => chooser.click()), chooser),
    byItself, says, wrong,
    made("details", {}, made("summary", {}, "Earlier sessions"), earlier.element),
  );

  async function download() {
    wrong.hidden = true;
    try {
      const { says: found } = await studio.ask("save-session", { image: image.checked });
      const [file] = found.files;
      save(element, file.name, await fetched(studio, found.number, 0, file.bytes));
      says.textContent = `Downloaded ${file.name} (${size(file.bytes)}).`;
    } catch (refused) {
      wrong.textContent = /** @type {Error} */ (refused).message;
      wrong.hidden = false;
    }
  }

  /** @param {boolean} on */
  async function turn(on) {
    try {
      await studio.ask("save-by-itself", { on });
    } catch (refused) {
      wrong.textContent = /** @type {Error} */ (refused).message;
      wrong.hidden = false;
    }
  }

  const offs = [
    state.on("image", (there) => (take.disabled = !there)),
    state.on("saved", (saved) => {
      byItself.hidden = !saved;
      if (!saved) return;
      own.checked = saved.on;
      kept.textContent = saved.error ?? (saved.at ? `saved at ${new Date(saved.at * 1000).toLocaleTimeString()}` : "");
    }),
  ];
  return {
    element,
    end: () => {
      earlier.end?.();
      offs.forEach((off) => off());
    },
  };
}
