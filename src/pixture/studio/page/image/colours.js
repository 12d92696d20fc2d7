// Tables of colours, red, green, blue and opacity of 256 numbers: what a byte of a tile is drawn as.

/** As in the report and in figures: from dark (certain) to light; matplotlib's magma at 17 places. */
const MAGMA = [
  "000004", "0b0924", "20114b", "3b0f70", "57157e", "721f81", "8c2981", "a8327d", "c43c75", "de4968", "f1605d",
  "fa7f5e", "fe9f6d", "febf84", "fddea0", "fcf0b2", "fcfdbf",
].map(rgb);
const NOTHING = [136, 136, 136];
const DIMMED = [24, 26, 30];
/** Of boundaries, as in pictures that the command writes: bright beside nearly everything. */
export const LINE = [255, 225, 25];

/**
 * @param {string} hexadecimal with or without #
 * @returns {number[]}
 */
export function rgb(hexadecimal) {
  const number = parseInt(hexadecimal.replace("#", ""), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

/** @param {number[]} one @param {number[]} other @param {number} share */
const mixed = (one, other, share) => one.map((value, at) => Math.round(value + (other[at] - value) * share));

/**
 * Colours of labels: hidden ones are not seen, and beside a selected one the others step back.
 * @param {number[][]} colours
 * @param {number[]} hidden
 * @param {number | null} selected
 */
export function labelTable(colours, hidden, selected) {
  const table = new Uint8Array(1024);
  colours.slice(0, 255).forEach((colour, label) => {
    const back = selected !== null && selected !== label;
    table.set([...(back ? mixed(colour, DIMMED, 0.88) : colour), hidden.includes(label) ? 0 : 255], 4 * label);
  });
  return table;
}

/**
 * What boundaries are drawn with: between labels of which neither is selected they are faint.
 * @param {number} count
 * @param {number[]} hidden
 * @param {number | null} selected
 */
export function lineTable(count, hidden, selected) {
  const table = new Uint8Array(1024);
  for (let label = 0; label < Math.min(count, 255); label++) {
    const faint = selected !== null && selected !== label;
    table.set([...LINE, hidden.includes(label) ? 0 : faint ? 50 : 255], 4 * label);
  }
  return table;
}

/** Colours of uncertainty, from 0 (certain) to 254. */
export function uncertaintyTable() {
  return ramp(MAGMA);
}

/**
 * Colours of a component's probability, from 0 to 254: from dark to its own colour, and on to a lighter one.
 * @param {number[]} colour
 */
export function probabilityTable(colour) {
  return ramp([[8, 8, 12], mixed([8, 8, 12], colour, 0.4), mixed([8, 8, 12], colour, 0.8), colour, mixed(colour, [255, 255, 255], 0.45)]);
}

/** @param {number[][]} stops */
function ramp(stops) {
  const table = new Uint8Array(1024);
  for (let at = 0; at < 255; at++) {
    const place = (at / 254) * (stops.length - 1);
    const low = Math.min(Math.floor(place), stops.length - 2);
    table.set([...mixed(stops[low], stops[low + 1], place - low), 255], 4 * at);
  }
  table.set([...NOTHING, 255], 4 * 255);
  return table;
}

/**
 * Colours of numbers, of objects or regions: one of 64, by `hash`.
 * @param {number[][]} colours
 */
export function numberTable(colours) {
  const table = new Uint8Array(1024);
  for (let at = 0; at < 64; at++) table.set([...(colours[at % Math.max(1, colours.length)] ?? NOTHING), 255], 4 * at);
  return table;
}

/**
 * Which of 64 colours a number has; the shader computes the same.
 * @param {number} number
 */
export function hash(number) {
  let mixedUp = Math.imul(number ^ (number >>> 16), 0x45d9f3b);
  mixedUp = Math.imul(mixedUp ^ (mixedUp >>> 16), 0x45d9f3b);
  return (mixedUp ^ (mixedUp >>> 16)) & 63;
}

/**
 * The colours of values of the image, as it is shown; null where these are no values of its channels.
 * @param {number[][]} means
 * @param {number} channels
 * @param {number[][] | null} limits the values that are black and white, a pair a channel; null for bytes as they are
 * @returns {number[][] | null}
 */
export function shownColours(means, channels, limits) {
  if (means.some((mean) => mean.length !== channels)) return null;
  return means.map((mean) => {
    const seen = mean.slice(0, channels >= 3 ? 3 : 1).map((value, at) => {
      const [low, high] = limits ? limits[at] : [0, 255];
      const share = high > low ? (value - low) / (high - low) : 0;
      return Math.round(255 * Math.min(Math.max(share || 0, 0), 1));
    });
    return seen.length === 1 ? [seen[0], seen[0], seen[0]] : seen;
  });
}
