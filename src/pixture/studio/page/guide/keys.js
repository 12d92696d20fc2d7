// Drawing by keys.

/** @typedef {import("../core/studio.js").Studio} Studio */

const TOOLS = /** @type {Record<string, string>} */ ({ b: "brush", e: "erase", x: "box", v: "pan" });

/**
 * What keys do: in the panel, and, with `stroke`, on the image, where Enter draws a dot under the crosshair.
 * @param {Studio} studio
 * @param {{choose: (mark: number) => void, step: (which: "undo" | "redo") => void, stroke: ((stroke: import("./history.js").Stroke) => void) | null, most: () => number}} told
 * @returns {(event: KeyboardEvent) => void}
 */
export function keys({ shared }, told) {
  return (event) => {
    const target = event.target;
    if (target instanceof HTMLInputElement && target.type !== "range") return;
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      if (key === "z") told.step(event.shiftKey ? "redo" : "undo");
      else if (key === "y") told.step("redo");
      else return;
    } else if (event.altKey) return;
    else if (key === "[" || key === "]") {
      const width = shared.get("width");
      const step = Math.max(1, Math.round(width / 5));
      shared.set("width", Math.min(Math.max(key === "]" ? width + step : width - step, 1), 200));
    } else if (/^[1-9]$/.test(key) && Number(key) <= told.most()) told.choose(Number(key));
    else if (TOOLS[key]) shared.set("tool", TOOLS[key]);
    else if (key === "enter" && told.stroke && shared.get("crosshair")) {
      const tool = shared.get("tool");
      if (tool !== "brush" && tool !== "erase") return;
      const { x, y } = shared.get("crosshair");
      told.stroke({
        mark: tool === "erase" ? 0 : shared.get("mark"), width: shared.get("width"), points: [[x, y]],
        plane: shared.get("plane"),
      });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
}
