// The list of classes that can be marked: colour, name, which one is drawn with.
import { button, hasFocus, made } from "../core/elements.js";
import { keepingFocus } from "../core/focus.js";

export const MOST = 12;

/**
 * @param {object} told
 * @param {(mark: number) => string} told.colourOf
 * @param {(mark: number) => void} told.choose
 * @param {() => void} told.changed names, or how many there are
 * @param {(mark: number) => void} told.remove marks of the last class are to go
 */
export function classList(told) {
  /** @type {string[]} */
  let names = ["", ""];
  let [chosen, box] = [1, false];
  /** @type {Set<number>} */
  let marked = new Set();
  const list = made("ul", { class: "px-classes", "aria-label": "Classes to mark" });
  const add = button("Add a class", () => {
    names = [...names, ""];
    show();
    told.choose(names.length);
    told.changed();
  });
  const element = made("div", {}, list, add);

  /** @param {number} mark */
  const placeholder = (mark) => (box ? ["Background", "Object"][mark - 1] ?? `Class ${mark}` : `Class ${mark}`);

  /** @param {number} mark */
  const called = (mark) => names[mark - 1] || placeholder(mark);

  function show() {
    add.disabled = names.length >= MOST;
    keepingFocus(list, fill);
  }

  function fill() {
    list.replaceChildren(
      ...names.map((name, at) => {
        const mark = at + 1;
        const pick = button("", () => told.choose(mark), {
          class: "px-button px-class-pick", "aria-pressed": String(mark === chosen),
          "aria-label": `Draw ${called(mark)}${mark < 10 ? ` (key ${mark})` : ""}`,
        });
        const swatch = made("span", { class: "px-swatch" });
        swatch.style.background = told.colourOf(mark);
        pick.append(swatch, mark < 10 ? String(mark) : "");
        const field = made("input", {
          class: "px-field px-class-name", value: name, placeholder: placeholder(mark), maxlength: 80, dir: "auto",
          "aria-label": `Name of class ${mark}`,
          onchange: () => {
            names = names.map((one, other) => (other === at ? field.value.trim() : one));
            told.changed();
          },
        });
        const state = made("span", { class: "px-quiet px-marked" }, marked.has(mark) ? "marked" : "");
        const remove = button("Remove", () => {
          names = names.slice(0, -1);
          if (chosen > names.length) told.choose(names.length);
          told.remove(mark);
          show();
        }, { "aria-label": `Remove ${called(mark)}` });
        const last = mark === names.length && names.length > 2;
        return made("li", {}, pick, field, state, last ? remove : null);
      }),
    );
  }
  show();
  return {
    element,
    get names() {
      return names;
    },
    called,
    /** @param {number} mark */
    mark(mark) {
      chosen = mark;
      [...list.children].forEach((one, at) => one.querySelector("button")?.setAttribute("aria-pressed", String(at + 1 === mark)));
    },
    /** @param {string[]} given @param {number} least */
    restore(given, least) {
      const count = Math.max(2, given.length, least);
      names = Array.from({ length: Math.min(count, MOST) }, (_, at) => given[at] ?? "");
      show();
    },
    /** @param {number[]} those @param {boolean} hasBox */
    tell(those, hasBox) {
      if (box === hasBox && those.length === marked.size && those.every((one) => marked.has(one))) return;
      [marked, box] = [new Set(those), hasBox];
      if (!hasFocus(element)) show();
      else [...list.children].forEach((one, at) => (/** @type {HTMLElement} */ (one.querySelector(".px-marked")).textContent = marked.has(at + 1) ? "marked" : ""));
    },
    show,
  };
}
