// Files come from the session in parts and are handed to the browser.
import { made } from "../core/elements.js";

/** @typedef {import("../core/studio.js").Studio} Studio */

/** Bytes of a file that the page holds: a larger one goes from the server to the disk. */
export const MOST_HELD = 64 * 2 ** 20;

/**
 * Fetch a file that was made; `progress` is told which share of it is there.
 * @param {Studio} studio
 * @param {number} number
 * @param {number} file which of the files
 * @param {number} bytes
 * @param {(share: number) => void} progress
 * @returns {Promise<Blob>}
 */
export async function fetched(studio, number, file, bytes, progress = () => {}) {
  /** @type {ArrayBuffer[]} */
  const parts = [];
  let offset = 0;
  while (offset < bytes) {
    const { buffers } = await studio.ask("output", { number, file, offset });
    if (!buffers[0]?.byteLength) break;
    parts.push(buffers[0]);
    offset += buffers[0].byteLength;
    progress(offset / bytes);
  }
  return new Blob(parts, { type: "application/octet-stream" });
}

/**
 * Have the browser fetch and save a file by itself, so that the page never holds it; false where it cannot.
 * @param {HTMLElement} beside
 * @param {Studio} studio
 * @param {number} number
 * @param {number} at which of the files
 * @param {{name: string, bytes: number}} file
 */
export function fetchedByBrowser(beside, studio, number, at, file) {
  if (file.bytes <= MOST_HELD || !studio.model.addressOf) return false;
  click(beside, studio.model.addressOf(number, at), file.name);
  return true;
}

/**
 * Have the browser save a file.
 * @param {HTMLElement} beside where the link is for a moment
 * @param {string} name
 * @param {Blob} blob
 */
export function save(beside, name, blob) {
  const address = URL.createObjectURL(blob);
  click(beside, address, name);
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

/** @param {HTMLElement} beside @param {string} href @param {string} download */
function click(beside, href, download) {
  const link = made("a", { href, download, class: "px-hidden" });
  beside.append(link);
  link.click();
  link.remove();
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
