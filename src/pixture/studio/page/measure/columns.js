// The table of objects: a column of numbers each, fetched in parts.

/** @typedef {import("../core/studio.js").Studio} Studio */

/**
 * @typedef {{name: string, unit: string, values: Float64Array}} Column
 * @typedef {{number: number, count: number, columns: Column[]}} Table
 */

export const MOST_ROWS = 200_000;

/**
 * Return the whole table, or as many rows of it as the page holds.
 * @param {Studio} studio
 * @param {any} objects what the session told of them
 * @returns {Promise<Table>}
 */
export async function tableOf(studio, objects) {
  const count = Math.min(objects.count, MOST_ROWS);
  const columns = objects.columns.map((/** @type {any} */ { name, unit }) => ({ name, unit, values: new Float64Array(count) }));
  for (let first = 0; first < count; ) {
    const { says, buffers } = await studio.ask("objects-table", { first });
    const all = new Float64Array(buffers[0]);
    const rows = Math.min(says.rows, count - first);
    columns.forEach((/** @type {Column} */ column, /** @type {number} */ at) =>
      column.values.set(all.subarray(at * says.rows, at * says.rows + rows), first),
    );
    if (!rows) break;
    first += rows;
  }
  return { number: objects.number, count, columns };
}

/**
 * The rows in the order of a column; rows of equal numbers stay in their order, what is no number is last.
 * @param {Column} column
 * @param {boolean} falls
 */
export function sorted({ values }, falls) {
  const order = Uint32Array.from(values, (_, at) => at);
  const sign = falls ? -1 : 1;
  return order.sort((one, other) => {
    const [a, b] = [values[one], values[other]];
    if (a === b) return one - other;
    if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) ? (Number.isNaN(b) ? one - other : 1) : -1;
    return sign * (a - b);
  });
}

/** @param {string} name */
export const words = (name) => name.replaceAll("_", " ");

/** @param {number} value */
export function shown(value) {
  if (Number.isNaN(value)) return "–";
  if (Number.isInteger(value)) return value.toLocaleString("en");
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(4)));
}

/**
 * How many values are in each of some equally wide bins from the least to the largest.
 * @param {Float64Array} values
 * @param {number} bins
 */
export function counted(values, bins) {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const counts = new Uint32Array(bins);
  /** @param {number} value */
  const binOf = (value) => (most > least ? Math.min(bins - 1, Math.floor(((value - least) / (most - least)) * bins)) : 0);
  for (const value of values) if (!Number.isNaN(value)) counts[binOf(value)]++;
  return { least, most, counts, binOf };
}
