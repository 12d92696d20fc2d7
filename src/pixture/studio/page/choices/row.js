// A row of the form: the title, the control, help that is opened by a button, and what was refused.
import { button, made, newId } from "../core/elements.js";
import { controlOf, defaultInWords } from "./control.js";

/** @typedef {import("./control.js").Option} Option */

/**
 * @param {Option} option
 * @param {(name: string, value: any) => Promise<void>} choose is broken by what is refused
 * @param {import("./control.js").Control | null} control in place of the usual one
 */
export function row(option, choose, control = null) {
  const id = newId("choice");
  const wrong = made("p", { class: "px-wrong", role: "alert", id: `${id}-wrong`, hidden: true });
  const used = control ?? controlOf(option, change);
  const words = defaultInWords(option);
  const help = made(
    "p",
    { class: "px-quiet px-help-text", id: `${id}-help`, hidden: true },
    `${option.help}${option.more ? ` ${option.more}` : ""}${words ? ` Default: ${words}.` : ""}`,
  );
  const ask = button("?", () => {
    help.hidden = !help.hidden;
    ask.setAttribute("aria-expanded", String(!help.hidden));
  }, {
    class: "px-help", "aria-label": `Help on ${option.title}`, "aria-expanded": "false", "aria-controls": help.id,
    title: option.help,
  });
  used.labelled.id = id;
  used.labelled.setAttribute("aria-describedby", `${help.id} ${wrong.id}`);
  const element = made(
    "div",
    { class: "px-choice" },
    made("label", { for: id, class: "px-choice-title", title: option.help }, option.title),
    made("div", { class: "px-choice-control" }, used.element),
    ask,
    help,
    wrong,
    used.below ?? null,
  );

  /** @param {any} value */
  async function change(value) {
    try {
      await choose(option.name, value);
      refuse("");
    } catch (refused) {
      refuse(/** @type {Error} */ (refused).message);
    }
  }

  /** @param {string} sentence */
  function refuse(sentence) {
    wrong.textContent = sentence;
    wrong.hidden = sentence === "";
    used.labelled.setAttribute("aria-invalid", String(sentence !== ""));
  }

  return { element, name: option.name, show: used.show, change, refuse };
}
