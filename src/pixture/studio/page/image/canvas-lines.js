// Boundaries between enlarged pixels on a 2-D canvas: thin lines, where whole pixels would hide what is there.
import { LINE } from "./colours.js";

/** @typedef {import("./quads.js").Quad} Quad */
/** @typedef {import("./webgl.js").Scene} Scene */

/** From so many pixels of the screen for one of a tile on, lines are drawn between pixels. */
export const ENLARGED = 3;

/** What a line between objects or regions is drawn with; one around what is chosen is seen on any ground. */
const [WHITE, FAINT, CHOSEN] = ["rgba(255, 255, 255, 0.75)", "rgba(255, 255, 255, 0.3)", `rgb(${LINE.join(", ")})`];

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Quad} quad
 * @param {Scene} scene
 */
export function strokeLines(context, { tile, left, top, right, bottom }, { view, ratio, table, mode, groups, chosen }) {
  const { seen } = view;
  const { step, width, height } = tile;
  const grouped = mode === "numbers" ? groups : null;
  /** @param {number} at */
  const number = (at) => (grouped && tile.data[at] ? grouped[tile.data[at] - 1] : tile.data[at]);
  /** @param {number} x @param {number} start */
  const texel = (x, start) => Math.floor((x - start) / step);
  const [fromX, toX] = [texel(Math.max(left, seen.left), tile.left), texel(Math.min(right, seen.right + step), tile.left)];
  const [fromY, toY] = [texel(Math.max(top, seen.top), tile.top), texel(Math.min(bottom, seen.bottom + step), tile.top)];
  /** A path for each colour. @type {Map<string, Path2D>} */
  const paths = new Map();
  /** The colour of a line between two numbers; "" for none. @param {number} one @param {number} other */
  function colourOf(one, other) {
    if (mode === "numbers") return chosen === null ? WHITE : one === chosen || other === chosen ? CHOSEN : FAINT;
    const shown = Math.max(table[4 * one + 3], table[4 * other + 3]);
    return shown ? `rgba(${LINE.join(", ")}, ${shown / 255})` : "";
  }
  /** @param {number} one @param {number} other @param {number} x @param {number} y @param {number} toX @param {number} toY */
  function line(one, other, x, y, toX, toY) {
    const shown = colourOf(one, other);
    if (!shown) return;
    let path = paths.get(shown);
    if (!path) paths.set(shown, (path = new Path2D()));
    const [from, to] = [view.toScreen(tile.left + x * step, tile.top + y * step), view.toScreen(tile.left + toX * step, tile.top + toY * step)];
    path.moveTo(from.x * ratio, from.y * ratio);
    path.lineTo(to.x * ratio, to.y * ratio);
  }
  for (let y = fromY; y < Math.min(toY, height); y++) {
    for (let x = fromX; x < Math.min(toX, width); x++) {
      const here = number(y * width + x);
      const [right, below] = [x + 1 < width ? number(y * width + x + 1) : here, y + 1 < height ? number((y + 1) * width + x) : here];
      if (right !== here) line(here, right, x + 1, y, x + 1, y + 1);
      if (below !== here) line(here, below, x, y + 1, x + 1, y + 1);
    }
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.globalAlpha = 1;
  context.lineCap = "square";
  for (const [shown, path] of paths) {
    context.strokeStyle = shown;
    context.lineWidth = shown === CHOSEN ? 3 : 1.5;
    context.stroke(path);
  }
}
