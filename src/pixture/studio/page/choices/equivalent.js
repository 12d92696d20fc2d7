// The same as a command and as Python, to copy.
import { button, made } from "../core/elements.js";

/** @param {import("../core/studio.js").Studio} studio */
export function equivalent(studio) {
  const command = block("Command line");
  const python = block("Python");
  const left = made("ul", { class: "px-left-out px-quiet" });
  const besides = made("div", { hidden: true }, made("p", { class: "px-quiet" }, "Neither says:"), left);
  const wrong = made("p", { class: "px-wrong", role: "alert", hidden: true });
  const element = made("div", { class: "px-part" }, made("h3", {}, "The same without the studio"), wrong, command.element, python.element, besides);
  let asked = 0;

  async function fetch() {
    const number = ++asked;
    /** @type {Record<string, any>} */
    let says;
    try {
      ({ says } = await studio.ask("equivalent"));
    } catch (refused) {
      if (number !== asked) return;
      wrong.textContent = /** @type {Error} */ (refused).message;
      wrong.hidden = false; // what stands there is of what was chosen before
      return;
    }
    if (number !== asked) return;
    wrong.hidden = true;
    command.show(says.command);
    python.show(says.python);
    left.replaceChildren(...says.left_out.map((/** @type {string} */ sentence) => made("li", {}, sentence)));
    besides.hidden = says.left_out.length === 0;
  }
  const end = studio.state.on(["choices", "image", "drawn", "result"], fetch);
  return { element, end };
}

/** @param {string} title */
function block(title) {
  const code = made("code");
  const copy = button("Copy", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent ?? "");
      copy.textContent = "Copied";
    } catch {
      // a page that may not write to the clipboard marks the text, to be copied by hand
      getSelection()?.selectAllChildren(code);
      copy.textContent = "Marked";
    }
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  }, { class: "px-button px-small", "aria-label": `Copy: ${title}` });
  const element = made("div", { class: "px-code" },
    made("div", { class: "px-row px-code-top" }, made("span", { class: "px-quiet" }, title), copy),
    made("pre", { tabindex: 0, "aria-label": title }, code));
  return { element, show: (/** @type {string} */ text) => (code.textContent = text) };
}
