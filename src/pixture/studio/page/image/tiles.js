// Tiles of what is looked at, kept while there is room, and asked for where they are seen.

/** @typedef {import("../core/studio.js").Studio} Studio */

/**
 * What tiles are of: the question that asks for them, but for the place; `key` is the same for the same answers.
 * @typedef {{key: string, image: number, says: Record<string, any>, columns: number, rows: number}} Source
 */

/**
 * A tile: `step` pixels of the image, from `left`, `top` on, for each of its own; `kept` is what a renderer makes
 * of it.
 * @typedef {object} Tile
 * @property {number} left
 * @property {number} top
 * @property {number} step
 * @property {number} width
 * @property {number} height
 * @property {number} bytes of a pixel
 * @property {Uint8Array | Uint16Array | Uint32Array} data
 * @property {any} [kept]
 */

/** @typedef {{level: number, column: number, row: number}} Place */

/** @typedef {{source: Source, place: Place}} Wanted */

export const SIDE = 512;
const MOST_BYTES = 192 * 2 ** 20;
const AT_ONCE = 4;

/**
 * The coarsest level of an image: there it is one tile.
 * @param {number} columns
 * @param {number} rows
 */
export function coarsest(columns, rows) {
  return Math.max(0, Math.ceil(Math.log2(Math.max(columns, rows) / SIDE)));
}

export class TileStore {
  /**
   * @param {Studio} studio
   * @param {() => void} arrived called when there is another tile
   * @param {(tile: Tile) => void} forgotten called when a tile is no longer kept
   */
  constructor(studio, arrived, forgotten) {
    this.studio = studio;
    this.arrived = arrived;
    this.forgotten = forgotten;
    /** Tiles, the one that was used longest ago first. @type {Map<string, Tile>} */
    this.tiles = new Map();
    this.bytes = 0;
    /** @type {Wanted[]} */
    this.queue = [];
    /** @type {Set<string>} */
    this.asked = new Set();
    /** What was refused; it is not asked for again. @type {Set<string>} */
    this.refused = new Set();
    /** Sources of what is seen: answers about others are dropped. @type {Set<string>} */
    this.seen = new Set();
    this.ended = false;
  }

  /**
   * @param {Source} source
   * @param {Place} place
   * @returns {Tile | undefined}
   */
  get(source, place) {
    const name = nameOf(source, place);
    const tile = this.tiles.get(name);
    if (tile) {
      this.tiles.delete(name);
      this.tiles.set(name, tile);
    }
    return tile;
  }

  /**
   * Ask for what is missing, the first before the others; what is not asked for yet and not among it is given up.
   * @param {Wanted[]} missing
   * @param {Source[]} sources of all that is seen
   */
  want(missing, sources) {
    this.queue = missing;
    this.seen = new Set(sources.map(({ key }) => key));
    this.pump();
  }

  /** The session can be asked again: so is what it did not answer. */
  again() {
    this.refused.clear();
    this.pump();
  }

  pump() {
    while (this.asked.size < AT_ONCE && this.queue.length && !this.ended) {
      const { source, place } = /** @type {Wanted} */ (this.queue.shift());
      const name = nameOf(source, place);
      if (this.tiles.has(name) || this.asked.has(name) || this.refused.has(name)) continue;
      this.asked.add(name);
      this.ask(source, place, name);
    }
  }

  /**
   * @param {Source} source
   * @param {Place} place
   * @param {string} name
   */
  async ask(source, place, name) {
    try {
      const { says, buffers } = await this.studio.ask("tile", { ...source.says, ...place });
      if (this.seen.has(source.key) && !this.ended) this.keep(name, tileOf(place, says, buffers[0]));
    } catch {
      if (this.refused.size > 4096) this.refused.clear();
      this.refused.add(name);
    }
    this.asked.delete(name);
    if (!this.ended) this.arrived();
    this.pump();
  }

  /**
   * @param {string} name
   * @param {Tile} tile
   */
  keep(name, tile) {
    this.tiles.set(name, tile);
    this.bytes += tile.data.byteLength;
    for (const [other, old] of this.tiles) {
      if (this.bytes <= MOST_BYTES || other === name) break;
      this.forget(other, old);
    }
  }

  /**
   * @param {string} name
   * @param {Tile} tile
   */
  forget(name, tile) {
    this.tiles.delete(name);
    this.bytes -= tile.data.byteLength;
    this.forgotten(tile);
  }

  /** Forget all of another image. @param {(key: string) => boolean} kept */
  only(kept) {
    for (const [name, tile] of [...this.tiles]) if (!kept(name)) this.forget(name, tile);
    this.refused.clear();
  }

  end() {
    this.ended = true;
    this.only(() => false);
  }
}

/**
 * @param {Source} source
 * @param {Place} place
 */
function nameOf({ key }, { level, column, row }) {
  return `${key}|${level}/${column}/${row}`;
}

/**
 * @param {Place} place
 * @param {Record<string, any>} says
 * @param {ArrayBuffer} buffer
 * @returns {Tile}
 */
function tileOf({ level, column, row }, { width, height, bytes }, buffer) {
  const step = 2 ** level;
  const data = bytes === 2 ? new Uint16Array(buffer) : bytes === 4 ? new Uint32Array(buffer) : new Uint8Array(buffer);
  return { left: column * SIDE * step, top: row * SIDE * step, step, width, height, bytes, data };
}
