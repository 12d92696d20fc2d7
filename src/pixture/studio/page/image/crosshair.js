// Two lines that cross at the pixel that is looked at.
import { made } from "../core/elements.js";

/**
 * @param {import("./picture.js").Picture} picture
 * @param {() => import("./view.js").Point | null} place in the plane that the picture shows
 * @returns {() => void} shows where it is now
 */
export function crosshair({ element, view }, place) {
  const across = made("div", { class: "px-cross px-cross-across", "aria-hidden": "true", hidden: true });
  const down = made("div", { class: "px-cross px-cross-down", "aria-hidden": "true", hidden: true });
  element.append(across, down);
  return () => {
    const at = view.columns ? place() : null;
    across.hidden = down.hidden = at === null;
    if (!at) return;
    const { x, y } = view.toScreen(at.x, at.y);
    across.style.transform = `translateY(${Math.round(y)}px)`;
    down.style.transform = `translateX(${Math.round(x)}px)`;
  };
}

/**
 * Move the image so that a place is seen, if it is not.
 * @param {import("./view.js").View} view
 * @param {import("./view.js").Point} place
 */
export function bringIntoSight(view, place) {
  const { x, y } = view.toScreen(place.x, place.y);
  const margin = 12;
  /** @param {number} at @param {number} length */
  const past = (at, length) => (at < margin ? margin - at : at > length - margin ? length - margin - at : 0);
  const [right, down] = [past(x, view.width), past(y, view.height)];
  if (right || down) view.move(right, down);
}
