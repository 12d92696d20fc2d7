// The divider: left of it the image alone, right of it the layer.
import { made } from "../core/elements.js";

/**
 * @param {import("../core/studio.js").Studio} studio
 * @param {HTMLElement} stage
 * @returns {{show: () => void}}
 */
export function swipe({ shared }, stage) {
  const divider = made(
    "div",
    {
      class: "px-swipe", role: "slider", tabindex: 0, "aria-label": "Divider between image and layer",
      "aria-valuemin": 0, "aria-valuemax": 100, "aria-orientation": "horizontal", hidden: true,
    },
    made("span", { class: "px-swipe-handle", "aria-hidden": "true" }, "⇆"),
  );
  stage.append(divider);

  /** @param {number} share */
  const set = (share) => shared.set("swipe", Math.min(Math.max(share, 0), 1));

  divider.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.stopPropagation();
    divider.setPointerCapture(event.pointerId);
  });
  divider.addEventListener("pointermove", (event) => {
    event.stopPropagation();
    if (!divider.hasPointerCapture(event.pointerId)) return;
    const { left, width } = stage.getBoundingClientRect();
    set((event.clientX - left) / width);
  });
  divider.addEventListener("keydown", (event) => {
    const steps = /** @type {Record<string, number>} */ ({ ArrowLeft: -0.02, ArrowRight: 0.02, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 });
    const step = steps[event.key];
    if (step !== undefined) set(shared.get("swipe") + step);
    else if (event.key === "Escape") shared.set("swipe", null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  function show() {
    const share = shared.get("swipe");
    divider.hidden = share === null || shared.get("layer") === "image";
    if (share === null) return;
    divider.style.left = `${100 * share}%`;
    divider.setAttribute("aria-valuenow", String(Math.round(100 * share)));
    divider.setAttribute("aria-valuetext", `${Math.round(100 * share)} % of the width show the image alone`);
  }
  show();
  return { show };
}
