// Places in a volume, and where they are in the planes across each of its axes.

/** @typedef {import("./view.js").Point} Point */
/** @typedef {import("./readout.js").Place} Place */
/** @typedef {import("./look.js").Plane} Plane */

/**
 * The pixel of the image at a point of a plane; null where the point is beside it.
 * @param {import("./look.js").Look} look
 * @param {Plane} plane
 * @param {Point} point
 * @returns {Place | null}
 */
export function placeAt(look, plane, { x, y }) {
  const { columns, rows } = look.shapeOf(plane.axis);
  const [column, row] = [Math.floor(x), Math.floor(y)];
  if (column < 0 || row < 0 || column >= columns || row >= rows) return null;
  const first = plane.time * look.depth;
  if (plane.axis === "y") return { x: column, y: plane.index, plane: first + row };
  if (plane.axis === "x") return { x: plane.index, y: column, plane: first + row };
  return { x: column, y: row, plane: plane.index };
}

/**
 * Where a place is in a plane that goes through it, at the middle of its pixel.
 * @param {import("./look.js").Look} look
 * @param {Plane["axis"]} axis
 * @param {Place} place
 * @returns {Point}
 */
export function pointOf(look, axis, { x, y, plane }) {
  const z = (plane % look.depth) + 0.5;
  if (axis === "y") return { x: x + 0.5, y: z };
  if (axis === "x") return { x: y + 0.5, y: z };
  return { x: x + 0.5, y: y + 0.5 };
}

/**
 * The place so many columns and rows of a plane further, within the image.
 * @param {import("./look.js").Look} look
 * @param {Plane} plane
 * @param {Place} place
 * @param {number} right
 * @param {number} down
 * @returns {Place}
 */
export function further(look, plane, place, right, down) {
  const { columns, rows } = look.shapeOf(plane.axis);
  const { x, y } = pointOf(look, plane.axis, place);
  /** @param {number} value @param {number} most */
  const within = (value, most) => Math.min(Math.max(value, 0.5), most - 0.5);
  return placeAt(look, plane, { x: within(x + right, columns), y: within(y + down, rows) }) ?? place;
}
