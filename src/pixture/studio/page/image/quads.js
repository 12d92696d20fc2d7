// Which tiles cover what is seen of an image: the right ones where they are there, else coarser ones.
import { coarsest, SIDE } from "./tiles.js";

/** @typedef {import("./tiles.js").Tile} Tile */
/** @typedef {import("./tiles.js").Source} Source */
/** @typedef {import("./tiles.js").Place} Place */
/** @typedef {import("./tiles.js").Wanted} Wanted */
/** @typedef {import("./tiles.js").TileStore} TileStore */
/** @typedef {import("./view.js").View} View */

/**
 * A part of a tile, in pixels of the image.
 * @typedef {{tile: Tile, left: number, top: number, right: number, bottom: number}} Quad
 */

/**
 * The tiles that would be seen, were all of them there; those in the middle first.
 * @param {View} view
 * @param {number} ratio pixels of the screen for one of the page
 * @returns {Place[]}
 */
export function placesSeen(view, ratio) {
  const { columns, rows, seen } = view;
  if (!columns || seen.left >= seen.right || seen.top >= seen.bottom) return [];
  const finest = Math.max(view.scale, view.scaleY) * ratio;
  const level = Math.min(Math.max(0, Math.round(-Math.log2(finest))), coarsest(columns, rows));
  const side = SIDE * 2 ** level;
  const [first, last] = [Math.floor(seen.left / side), Math.ceil(seen.right / side)];
  const [top, bottom] = [Math.floor(seen.top / side), Math.ceil(seen.bottom / side)];
  const middle = { x: (seen.left + seen.right) / 2 / side - 0.5, y: (seen.top + seen.bottom) / 2 / side - 0.5 };
  const places = [];
  for (let row = top; row < bottom; row++) {
    for (let column = first; column < last; column++) places.push({ level, column, row });
  }
  /** @param {Place} place */
  const away = ({ column, row }) => (column - middle.x) ** 2 + (row - middle.y) ** 2;
  return places.sort((one, other) => away(one) - away(other));
}

/**
 * What is drawn of a source, and which tiles are missing for it. Where there is no tile of any level, a part of
 * `instead` is drawn: a tile of the whole image, or another source's tiles.
 * @param {TileStore} store
 * @param {Source} source
 * @param {Place[]} places
 * @param {{tile?: Tile | null, source?: Source | null}} instead
 * @returns {{quads: Quad[], missing: Wanted[], complete: boolean}}
 */
export function quadsOf(store, source, places, { tile = null, source: before = null } = {}) {
  const quads = [];
  const missing = [];
  let complete = true;
  const most = coarsest(source.columns, source.rows);
  for (const place of places) {
    const found = nearest(store, source, place, most);
    if (!found || found.level !== place.level) missing.push({ source, place });
    if (!found) complete = false;
    const shown = found?.tile ?? tile ?? (before && nearest(store, before, place, most)?.tile);
    if (!shown) continue;
    const side = SIDE * 2 ** place.level;
    const [left, top] = [place.column * side, place.row * side];
    const [right, bottom] = [Math.min(left + side, source.columns), Math.min(top + side, source.rows)];
    quads.push({ tile: shown, left, top, right, bottom });
  }
  // all of the image, coarse, is there soonest
  if (!complete && places.length > 1) missing.unshift({ source, place: { level: most, column: 0, row: 0 } });
  return { quads, missing, complete };
}

/**
 * A tile of the whole image, as a quad.
 * @param {Tile} tile
 * @param {View} view
 * @returns {Quad}
 */
export function quadOfAll(tile, { columns, rows }) {
  return { tile, left: 0, top: 0, right: columns, bottom: rows };
}

/**
 * @param {TileStore} store
 * @param {Source} source
 * @param {Place} place
 * @param {number} most
 */
function nearest(store, source, { level, column, row }, most) {
  for (let at = level; at <= most; at++) {
    const by = 2 ** (at - level);
    const tile = store.get(source, { level: at, column: Math.floor(column / by), row: Math.floor(row / by) });
    if (tile) return { tile, level: at };
  }
  return null;
}
