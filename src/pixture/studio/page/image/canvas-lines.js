// Boundaries between enlarged pixels on a 2-D canvas: thin lines, where whole pixels would hide what is there.
import { LINE } from "./colours.js";

/** @typedef {import("./quads.js").Quad} Quad */
/** @typedef {import("./webgl.js").Scene} Scene */

/** From so many pixels of the screen for one of a tile on, lines are drawn between pixels. */
export const ENLARGED = 3;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Quad} quad
 * @param {Scene} scene
 */
export function strokeLines(context, { tile, left, top, right, bottom }, { view, ratio, table }) {
  const { seen } = view;
  const { step, width, height, data } = tile;
  /** @param {number} x @param {number} start */
  const texel = (x, start) => Math.floor((x - start) / step);
  const [fromX, toX] = [texel(Math.max(left, seen.left), tile.left), texel(Math.min(right, seen.right + step), tile.left)];
  const [fromY, toY] = [texel(Math.max(top, seen.top), tile.top), texel(Math.min(bottom, seen.bottom + step), tile.top)];
  /** A path for each opacity. @type {Map<number, Path2D>} */
  const paths = new Map();
  /** @param {number} one @param {number} other @param {number} x @param {number} y @param {number} toX @param {number} toY */
  function line(one, other, x, y, toX, toY) {
    const shown = Math.max(table[4 * one + 3], table[4 * other + 3]);
    if (!shown) return;
    let path = paths.get(shown);
    if (!path) paths.set(shown, (path = new Path2D()));
    const [from, to] = [view.toScreen(tile.left + x * step, tile.top + y * step), view.toScreen(tile.left + toX * step, tile.top + toY * step)];
    path.moveTo(from.x * ratio, from.y * ratio);
    path.lineTo(to.x * ratio, to.y * ratio);
  }
  for (let y = fromY; y < Math.min(toY, height); y++) {
    for (let x = fromX; x < Math.min(toX, width); x++) {
      const here = data[y * width + x];
      if (x + 1 < width && data[y * width + x + 1] !== here) line(here, data[y * width + x + 1], x + 1, y, x + 1, y + 1);
      if (y + 1 < height && data[(y + 1) * width + x] !== here) line(here, data[(y + 1) * width + x], x, y + 1, x + 1, y + 1);
    }
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.lineWidth = 1.5;
  context.lineCap = "square";
  for (const [shown, path] of paths) {
    context.strokeStyle = `rgba(${LINE.join(", ")}, ${shown / 255})`;
    context.stroke(path);
  }
}
