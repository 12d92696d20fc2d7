// How many components: a number, or as many as the image supports; the comparison of numbers of them.
import { button, hasFocus, made } from "../core/elements.js";
import { selectionCurve } from "./selection-curve.js";

/** @typedef {import("./control.js").Control} Control */

/**
 * @param {import("../core/studio.js").Studio} studio
 * @param {import("./control.js").Option} option
 * @param {(value: any) => void} change
 * @returns {Control & {end: () => void}}
 */
export function componentsControl(studio, option, change) {
  const { state } = studio;
  const [word] = option.values.words;
  const [least, most] = option.values.compared;
  const input = made("input", {
    type: "number", class: "px-field px-count", min: option.values.least, max: 64, step: 1,
    onchange: () => change(input.value === "" ? null : Number(input.value)),
  });
  const auto = made("input", { type: "checkbox", onchange: () => change(auto.checked ? word : found()) });
  const compare = button(`Compare ${least} to ${most}`, () => studio.ask("select").catch((refused) => studio.shared.set("notice", refused.message)), { class: "px-button px-small", disabled: true });
  const curve = selectionCurve(change);

  /** How many there are, where the image said it. */
  function found() {
    return state.get("selection")?.components ?? state.get("result")?.components.length ?? option.default;
  }

  function show() {
    const value = state.get("choices")?.components ?? option.default;
    auto.checked = value === word;
    input.disabled = auto.checked;
    if (!hasFocus(input)) input.value = String(auto.checked ? found() : value);
    compare.disabled = !state.get("image");
    curve.show(state.get("selection"), auto.checked ? found() : value);
  }
  const end = state.on(["selection", "image", "result"], show);
  return {
    element: made("div", { class: "px-row px-how-many" }, input, made("label", { class: "px-check" }, auto, "auto"), compare),
    below: curve.element,
    labelled: input,
    show,
    end,
  };
}
