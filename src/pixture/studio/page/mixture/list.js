// The list of components: one row each, and what is done with several.
import { button, made } from "../core/elements.js";
import { keepingFocus } from "../core/focus.js";
import { Component } from "./component.js";

/** @typedef {import("./component.js").Shown} Shown */

/**
 * @param {import("../core/studio.js").Studio} studio
 */
export function componentList(studio) {
  const { shared, state } = studio;
  /** @type {Component[]} */
  let rows = [];
  const list = made("ul", { class: "px-components", "aria-label": "Components" });
  const merge = button("Merge", () => ask("merge", { labels: marked() }), { class: "px-button px-small", disabled: true });
  const apart = button("Unmerge all", () => ask("unmerge", {}), { class: "px-button px-small", hidden: true });
  const clear = button("Show all", () => {
    shared.set("hidden", []);
    shared.set("selected", null);
  }, { class: "px-button px-small", hidden: true });
  const hint = made("span", { class: "px-quiet" }, "Mark two or more to merge them.");
  const wrong = made("p", { class: "px-wrong", role: "alert", hidden: true });
  const element = made("div", { class: "px-part" }, made("div", { class: "px-row" }, merge, apart, clear, hint), wrong, list);

  const marked = () => rows.filter((row) => row.mark.checked).map((row) => row.label);

  /**
   * @param {string} name
   * @param {Record<string, any>} says
   */
  async function ask(name, says) {
    wrong.hidden = true;
    try {
      await studio.ask(name, says);
    } catch (refused) {
      wrong.textContent = /** @type {Error} */ (refused).message;
      wrong.hidden = false;
    }
  }

  const doing = {
    ask,
    select: (/** @type {number} */ label) => shared.set("selected", shared.get("selected") === label ? null : label),
    hide: (/** @type {number} */ label) => {
      const hidden = /** @type {number[]} */ (shared.get("hidden"));
      shared.set("hidden", hidden.includes(label) ? hidden.filter((one) => one !== label) : [...hidden, label]);
    },
    marked: () => {
      const count = marked().length;
      merge.disabled = count < 2;
      merge.textContent = count < 2 ? "Merge" : `Merge ${count}`;
    },
  };

  return {
    element,
    /** @param {Shown[]} shown */
    show(shown) {
      if (rows.length !== shown.length) {
        rows = shown.map(({ label }) => new Component(label, doing));
        keepingFocus(list, () => list.replaceChildren(...rows.map((row) => row.element)));
      }
      shown.forEach((one, at) => rows[at].show(one));
      element.hidden = shown.length === 0;
      apart.hidden = !state.get("choices")?.merge;
      clear.hidden = shared.get("hidden").length === 0 && shared.get("selected") === null;
      doing.marked();
    },
  };
}
