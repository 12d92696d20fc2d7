// Drawing with a 2-D canvas, where there is no WebGL2: each tile is a small canvas, coloured when its colours change.
import { ENLARGED, strokeLines } from "./canvas-lines.js";
import { hash, LINE } from "./colours.js";

/** @typedef {import("./tiles.js").Tile} Tile */
/** @typedef {import("./quads.js").Quad} Quad */
/** @typedef {import("./webgl.js").Scene} Scene */

/** @typedef {import("./webgl.js").Renderer} Renderer */

/** Where there is no graphics processor, nothing is gained by asking for one: browsers then compute what it would do. */
const ON_PROCESSOR = { willReadFrequently: true };

/** @implements {Renderer} */
export class CanvasRenderer {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.name = "2-D canvas";
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false, ...ON_PROCESSOR }));
  }

  /** @param {number} width @param {number} height */
  resize(width, height) {
    Object.assign(this.canvas, { width, height });
  }

  /** @param {Scene} scene */
  draw(scene) {
    const { context, canvas } = this;
    const across = scene.view.scale * scene.ratio;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 1;
    context.fillStyle = "#171a1c";
    context.fillRect(0, 0, canvas.width, canvas.height);
    for (const quad of scene.base) {
      context.imageSmoothingEnabled = quad.tile.step > 1 || across < 2;
      this.quad(quad, scene, kept(quad.tile, "", () => opaque(quad.tile)));
    }
    if (!scene.over.length || scene.opacity === 0) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.save();
    if (scene.swipe !== null) {
      const from = Math.round(scene.swipe * canvas.width);
      context.beginPath();
      context.rect(from, 0, canvas.width - from, canvas.height);
      context.clip();
    }
    context.imageSmoothingEnabled = false;
    for (const quad of scene.over) {
      const isEnlarged = quad.tile.step * across >= ENLARGED;
      context.globalAlpha = scene.opacity;
      if (scene.mode !== "lines" || !isEnlarged) this.quad(quad, scene, coloured(quad.tile, scene, isEnlarged));
      if (scene.mode !== "colours" && isEnlarged) strokeLines(context, quad, scene);
    }
    context.restore();
  }

  /**
   * @param {Quad} quad
   * @param {Scene} scene
   * @param {HTMLCanvasElement} seen
   */
  quad({ tile, left, top, right, bottom }, { view, ratio }, seen) {
    const [one, other] = [view.toScreen(left, top), view.toScreen(right, bottom)];
    const [x, y] = [Math.round(one.x * ratio), Math.round(one.y * ratio)];
    const width = Math.max(1, Math.round(other.x * ratio) - x); // what is thinner than a pixel of the screen is seen, too
    const height = Math.round(other.y * ratio) - y || Math.sign(other.y - one.y);
    this.context.setTransform(1, 0, 0, Math.sign(height), x, y);
    const { step } = tile;
    this.context.drawImage(
      seen, (left - tile.left) / step, (top - tile.top) / step, (right - left) / step, (bottom - top) / step,
      0, 0, width, Math.abs(height),
    );
  }

  /** @param {Tile} tile */
  forget(tile) {
    tile.kept = undefined;
  }

  end() {}
}

/**
 * @param {Tile} tile
 * @param {any} look what it was coloured by
 * @param {() => Uint8ClampedArray} colours
 * @returns {HTMLCanvasElement}
 */
function kept(tile, look, colours) {
  if (tile.kept?.look === look) return tile.kept.canvas;
  const canvas = tile.kept?.canvas ?? document.createElement("canvas");
  if (!tile.kept) Object.assign(canvas, { width: tile.width, height: tile.height });
  const image = new ImageData(/** @type {any} */ (colours()), tile.width, tile.height);
  canvas.getContext("2d", ON_PROCESSOR).putImageData(image, 0, 0);
  tile.kept = { canvas, look };
  return canvas;
}

/** @param {Tile} tile */
function opaque({ data, width, height }) {
  const out = new Uint8ClampedArray(4 * width * height);
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    out[to] = data[from];
    out[to + 1] = data[from + 1];
    out[to + 2] = data[from + 2];
    out[to + 3] = 255;
  }
  return out;
}

/** What a tile was last coloured by, as one value. @type {WeakMap<Uint8Array, WeakMap<object, Map<string, object>>>} */
const looks = new WeakMap();
const NO_GROUPS = {};

/**
 * @param {Tile} tile
 * @param {Scene} scene
 * @param {boolean} isEnlarged whether lines are drawn between pixels, and not on them
 */
function coloured(tile, scene, isEnlarged) {
  return kept(tile, lookOf(scene, isEnlarged), () => {
    const groups = scene.mode === "numbers" ? scene.groups : null;
    const data = groups ? tile.data.map((leaf) => (leaf ? groups[leaf - 1] : 0)) : tile.data;
    if (scene.mode === "colours") return byTable(data, scene.table);
    return scene.mode === "lines" ? lines(data, tile.width, scene.table) : numbers(data, tile.width, scene, !isEnlarged);
  });
}

/** @param {Scene} scene @param {boolean} isEnlarged */
function lookOf({ table, groups, mode, chosen, zero }, isEnlarged) {
  let ofTable = looks.get(table);
  if (!ofTable) looks.set(table, (ofTable = new WeakMap()));
  let ofGroups = ofTable.get(groups ?? NO_GROUPS);
  if (!ofGroups) ofTable.set(groups ?? NO_GROUPS, (ofGroups = new Map()));
  const name = `${mode} ${chosen} ${zero} ${mode === "numbers" && isEnlarged}`;
  let look = ofGroups.get(name);
  if (!look) ofGroups.set(name, (look = {}));
  return look;
}

/** @typedef {Uint8Array | Uint16Array | Uint32Array} Numbers */

/** @param {Numbers} data @param {Uint8Array} table */
function byTable(data, table) {
  const out = new Uint8ClampedArray(4 * data.length);
  const words = new Uint32Array(out.buffer);
  const colours = new Uint32Array(table.slice().buffer);
  for (let at = 0; at < data.length; at++) words[at] = colours[data[at]];
  return out;
}

/** @param {Numbers} data @param {number} width @param {Uint8Array} table */
function lines(data, width, table) {
  const out = new Uint8ClampedArray(4 * data.length);
  eachEdge(data, width, (at, other) => {
    const shown = Math.max(table[4 * data[at] + 3], table[4 * data[other] + 3]);
    if (shown >= out[4 * at + 3]) out.set([...LINE, shown], 4 * at);
  });
  return out;
}

/** @param {Numbers} data @param {number} width @param {Scene} scene @param {boolean} edges whether they are drawn */
function numbers(data, width, { table, chosen, zero }, edges) {
  const out = new Uint8ClampedArray(4 * data.length);
  for (let at = 0; at < data.length; at++) {
    const number = data[at];
    if (number === 0 && !zero) continue;
    const from = 4 * hash(number);
    for (let part = 0; part < 3; part++) out[4 * at + part] = table[from + part];
    out[4 * at + 3] = chosen === null || chosen === number ? 255 : 90;
  }
  if (!edges) return out;
  eachEdge(data, width, (at, other) => {
    if (chosen !== null && (data[at] === chosen || data[other] === chosen)) {
      for (const place of [at, other]) out.set([...LINE, 255], 4 * place); // seen on any ground
      return;
    }
    if (chosen !== null && out[4 * at + 3] === 255 && data[at] !== chosen) return; // a rim already
    for (let part = 0; part < 3; part++) out[4 * at + part] = (out[4 * at + part] + 3 * 255) / 4;
    out[4 * at + 3] = Math.max(out[4 * at + 3], 150);
  });
  return out;
}

/**
 * Call for each number that differs from the next to its right or below.
 * @param {Numbers} data
 * @param {number} width
 * @param {(at: number, other: number) => void} found
 */
function eachEdge(data, width, found) {
  for (let at = 0; at < data.length; at++) {
    const [right, below] = [at + 1, at + width];
    if (right % width !== 0 && data[right] !== data[at]) found(at, right);
    if (below < data.length && data[below] !== data[at]) found(at, below);
  }
}
