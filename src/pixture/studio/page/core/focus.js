// The focus stays where it is while a part of the page is made anew.
import { focused } from "./elements.js";

/**
 * Make a part of the page anew; what had the focus in it has it again, told by its identifier, its name for screen
 * readers, or its place among the controls. What was being typed stays.
 * @param {HTMLElement} part
 * @param {() => void} make
 */
export function keepingFocus(part, make) {
  const before = focused(part);
  if (!(before instanceof HTMLElement) || !part.contains(before)) return make();
  const place = controls(part).indexOf(before);
  const name = nameOf(before);
  const typed = before instanceof HTMLInputElement && before.type === "text" ? [before.value, before.selectionStart, before.selectionEnd] : null;
  make();
  const now = controls(part);
  const after = (name && now.find((one) => nameOf(one) === name)) || now[Math.min(Math.max(place, 0), now.length - 1)];
  if (!after) return;
  after.focus({ preventScroll: true });
  if (typed && after instanceof HTMLInputElement && after.type === "text" && nameOf(after) === name) {
    [after.value, after.selectionStart, after.selectionEnd] = /** @type {[string, number, number]} */ (typed);
  }
}

/** @param {HTMLElement} part @returns {HTMLElement[]} */
const controls = (part) => [...part.querySelectorAll(/** @type {"button"} */ ("button, input, select, [tabindex]"))];

/** @param {HTMLElement} control */
const nameOf = (control) => control.id || control.getAttribute("aria-label") || "";
