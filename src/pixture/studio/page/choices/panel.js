// Choices: a form of what the session says can be chosen; a change runs again by itself.
import { hasFocus, made } from "../core/elements.js";
import { componentsControl } from "./components.js";
import { equivalent } from "./equivalent.js";
import { row } from "./row.js";

/** @typedef {import("./control.js").Option} Option */

/** Milliseconds after the last change until it runs. */
const PAUSE = 300;

/**
 * @param {import("../core/studio.js").Studio} studio
 * @returns {import("../core/layout.js").Panel}
 */
export function choicesPanel(studio) {
  const { state } = studio;
  /** @type {ReturnType<typeof row>[]} */
  let rows = [];
  /** @type {(() => void)[]} */
  const ends = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const byItself = made("input", { type: "checkbox", checked: true });
  const often = made("div", { class: "px-form" });
  const rare = made("div", { class: "px-form" });
  const same = equivalent(studio);
  const element = made(
    "section",
    { class: "px-choices" },
    made("label", { class: "px-check" }, byItself, "Run when something changes"),
    often,
    made("details", { class: "px-more" }, made("summary", {}, "More choices"), rare),
    same.element,
  );

  /**
   * @param {string} name
   * @param {any} value
   */
  async function choose(name, value) {
    try {
      await studio.ask("choose", { choices: { [name]: value } });
    } finally {
      // the control shows what holds, also where another was refused
      if (value !== state.get("choices")?.[name] && ![...element.querySelectorAll("input")].some(hasFocus)) fill();
    }
    const option = state.get("options").find((/** @type {Option} */ one) => one.name === name);
    if (option.runs && byItself.checked && state.get("result")) {
      clearTimeout(timer);
      timer = setTimeout(() => studio.ask("run").catch((refused) => studio.shared.set("notice", refused.message)), PAUSE);
    }
  }

  /** @param {Option[] | undefined} options */
  function build(options) {
    ends.splice(0).forEach((end) => end());
    const mine = (options ?? []).filter((option) => option.panel === "choices");
    rows = mine.map((option) => {
      if (option.name !== "components") return row(option, choose);
      /** @type {(value: any) => void} */
      let change = () => {};
      const control = componentsControl(studio, option, (value) => change(value));
      ends.push(control.end);
      const made = row(option, choose, control);
      change = made.change;
      return made;
    });
    often.replaceChildren();
    rare.replaceChildren();
    mine.forEach((option, at) => (option.often ? often : rare).append(rows[at].element));
    fill();
  }

  function fill() {
    const choices = state.get("choices");
    if (choices) for (const one of rows) one.show(choices[one.name]);
  }

  const off = [state.on("options", build), state.on("choices", fill)];
  build(state.get("options"));
  return {
    element,
    end: () => {
      clearTimeout(timer);
      [...off, ...ends, same.end].forEach((end) => end());
    },
  };
}
