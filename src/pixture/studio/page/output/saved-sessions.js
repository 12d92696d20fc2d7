// Sessions that were saved by themselves, to be opened again: after a crash, too.
import { button, made } from "../core/elements.js";
import { keepingFocus } from "../core/focus.js";

/**
 * The list of them; hidden where there is none. It stands on the empty page, too.
 * @param {import("../core/studio.js").Studio} studio
 * @returns {import("../core/layout.js").Panel}
 */
export function savedSessions(studio) {
  const list = made("ul", { class: "px-sessions", "aria-label": "Earlier sessions" });
  const none = made("p", { class: "px-quiet" }, "There are no earlier sessions.");
  const element = made("div", {}, none, list);

  let asked = 0;
  async function look() {
    const number = ++asked;
    /** @type {{name: string, image: string, at: number}[]} */
    let sessions = [];
    try {
      sessions = (await studio.ask("saved-sessions")).says.sessions;
    } catch (refused) {
      none.textContent = /** @type {Error} */ (refused).message;
    }
    if (number !== asked) return;
    none.hidden = sessions.length > 0;
    element.dataset.count = String(sessions.length);
    keepingFocus(list, () => list.replaceChildren(...sessions.map(({ name, image, at }) => {
      const when = new Date(at * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
      return made("li", {},
        button(image, () => ask("open-saved", name), { class: "px-link", dir: "auto", "aria-label": `Open the session on ${image} of ${when}` }),
        made("span", { class: "px-quiet" }, when),
        button("Remove", () => ask("forget-saved", name).then(look), { "aria-label": `Remove the session on ${image} of ${when}` }));
    })));
    element.dispatchEvent(new CustomEvent("px-listed"));
  }

  /** @param {string} question @param {string} name */
  async function ask(question, name) {
    try {
      await studio.ask(question, { name });
    } catch (refused) {
      studio.shared.set("notice", /** @type {Error} */ (refused).message);
    }
  }

  const off = studio.state.on(["saved", "image"], look);
  return { element, end: off };
}
