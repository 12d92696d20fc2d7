// Drawing with WebGL2: tiles are textures, labels get their colours from a table when they are drawn.
import { FRAGMENT_NUMBERS, FRAGMENT_PICTURE, VERTEX } from "./shaders.js";

/** @typedef {import("./tiles.js").Tile} Tile */
/** @typedef {import("./quads.js").Quad} Quad */
/** @typedef {import("./view.js").View} View */

/**
 * What is drawn. `mode`: "colours" of labels and shades, "lines" between labels, "numbers" of objects and regions;
 * `groups`: which region a superpixel is in; `chosen`: the number that stands out; `swipe`: from which share of the
 * width on the layer is drawn.
 * @typedef {object} Scene
 * @property {View} view
 * @property {number} ratio
 * @property {Quad[]} base
 * @property {Quad[]} over
 * @property {"colours" | "lines" | "numbers"} mode
 * @property {Uint8Array} table
 * @property {number} opacity
 * @property {number | null} swipe
 * @property {Uint32Array | null} groups
 * @property {number | null} chosen
 * @property {boolean} zero whether the number 0 is drawn
 */

/**
 * @typedef {object} Renderer
 * @property {string} name
 * @property {(width: number, height: number) => void} resize
 * @property {(scene: Scene) => void} draw
 * @property {(tile: Tile) => void} forget
 * @property {() => void} end
 */

const MODES = { colours: 0, lines: 1, numbers: 2 };
const GROUPS_ACROSS = 2048;

/** @implements {Renderer} */
export class WebGLRenderer {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {boolean} fast whether there has to be a graphics processor
   * @returns {WebGLRenderer | null} null where there is no WebGL2
   */
  static of(canvas, fast) {
    if (fast && !isFast()) return null;
    const options = { alpha: false, antialias: false, depth: false, stencil: false };
    const gl = /** @type {WebGL2RenderingContext | null} */ (canvas.getContext("webgl2", options));
    return gl ? new WebGLRenderer(canvas, gl) : null;
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {WebGL2RenderingContext} gl
   */
  constructor(canvas, gl) {
    this.name = "WebGL2";
    this.canvas = canvas;
    this.gl = gl;
    this.picture = program(gl, VERTEX, FRAGMENT_PICTURE);
    this.numbers = program(gl, VERTEX, FRAGMENT_NUMBERS);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([0, 0, 1, 0, 0, 1, 1, 1]), gl.STATIC_DRAW);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.blendFuncSeparate(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA, gl.ONE, gl.ONE);
    this.table = texture(gl, gl.NEAREST);
    this.groups = texture(gl, gl.NEAREST);
    /** @type {Uint8Array | null} */
    this.tableThere = null;
    /** @type {Uint32Array | null} */
    this.groupsThere = null;
    this.upload(this.groups, gl.R32UI, 1, 1, gl.RED_INTEGER, gl.UNSIGNED_INT, new Uint32Array(1));
  }

  /** @param {number} width @param {number} height */
  resize(width, height) {
    Object.assign(this.canvas, { width, height });
    this.gl.viewport(0, 0, width, height);
  }

  /** @param {Scene} scene */
  draw(scene) {
    const { gl } = this;
    if (gl.isContextLost()) return;
    gl.disable(gl.SCISSOR_TEST);
    gl.disable(gl.BLEND);
    gl.clearColor(0.09, 0.1, 0.11, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const across = scene.view.scale * scene.ratio;
    gl.useProgram(this.picture.program);
    gl.activeTexture(gl.TEXTURE0);
    for (const quad of scene.base) {
      const smooth = quad.tile.step > 1 || across < 2; // pixels that are enlarged are seen as such
      this.quad(this.picture, quad, scene, smooth ? gl.LINEAR : gl.NEAREST);
    }
    if (!scene.over.length || scene.opacity === 0) return;
    gl.enable(gl.BLEND);
    if (scene.swipe !== null) {
      const from = Math.round(scene.swipe * this.canvas.width);
      gl.enable(gl.SCISSOR_TEST);
      gl.scissor(from, 0, this.canvas.width - from, this.canvas.height);
    }
    this.prepare(scene);
    for (const quad of scene.over) this.quad(this.numbers, quad, scene, gl.NEAREST);
  }

  /** @param {Scene} scene */
  prepare({ table, groups, mode, opacity, chosen, zero }) {
    const { gl } = this;
    if (this.tableThere !== table) {
      this.upload(this.table, gl.RGBA, 256, 1, gl.RGBA, gl.UNSIGNED_BYTE, table);
      this.tableThere = table;
    }
    if (groups && this.groupsThere !== groups) {
      const rows = Math.max(1, Math.ceil(groups.length / GROUPS_ACROSS));
      const padded = new Uint32Array(rows * GROUPS_ACROSS);
      padded.set(groups);
      this.upload(this.groups, gl.R32UI, GROUPS_ACROSS, rows, gl.RED_INTEGER, gl.UNSIGNED_INT, padded);
      this.groupsThere = groups;
    }
    const { program, at } = this.numbers;
    gl.useProgram(program);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, this.table);
    gl.activeTexture(gl.TEXTURE2);
    gl.bindTexture(gl.TEXTURE_2D, this.groups);
    gl.activeTexture(gl.TEXTURE0);
    gl.uniform1i(at("colours"), 1);
    gl.uniform1i(at("groups"), 2);
    gl.uniform1i(at("mode"), MODES[mode]);
    gl.uniform1i(at("grouped"), groups ? 1 : 0);
    gl.uniform1f(at("opacity"), opacity);
    gl.uniform1i(at("chosen"), chosen ?? -1);
    gl.uniform1i(at("zero"), zero ? 1 : 0);
  }

  /**
   * @param {{program: WebGLProgram, at: (name: string) => WebGLUniformLocation | null}} by
   * @param {Quad} quad
   * @param {Scene} scene
   * @param {number} filter
   */
  quad({ at }, { tile, left, top, right, bottom }, { view, ratio }, filter) {
    const { gl, canvas } = this;
    gl.bindTexture(gl.TEXTURE_2D, this.textureOf(tile));
    if (tile.bytes === 3) {
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, filter);
    }
    const [one, other] = [view.toScreen(left, top), view.toScreen(right, bottom)];
    // edges are between pixels of the screen, so that at 100 % each pixel of the image is one of these
    /** @param {number} x */
    const x = (x) => (2 * Math.round(x * ratio)) / canvas.width - 1;
    /** @param {number} y */
    const y = (y) => 1 - (2 * Math.round(y * ratio)) / canvas.height;
    const [atLeft, atTop] = [x(one.x), y(one.y)];
    const thin = 2 / canvas.width; // what is thinner than a pixel of the screen is seen, too
    const low = y(other.y) === atTop ? atTop - (2 * Math.sign(other.y - one.y)) / canvas.height : y(other.y);
    gl.uniform4f(at("screen"), atLeft, atTop, Math.max(x(other.x), atLeft + thin), low);
    const { step } = tile;
    gl.uniform4f(at("part"), (left - tile.left) / step, (top - tile.top) / step, (right - tile.left) / step, (bottom - tile.top) / step);
    gl.uniform2i(at("size"), tile.width, tile.height);
    gl.uniform2f(at("pixel"), 1 / (view.scale * ratio * step), 1 / (view.scaleY * ratio * step));
    gl.uniform1i(at("tile"), 0);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  /** @param {Tile} tile */
  textureOf(tile) {
    const { gl } = this;
    if (tile.kept) return tile.kept;
    tile.kept = texture(gl, gl.NEAREST);
    const { width, height, bytes, data } = tile;
    if (bytes === 3) this.upload(tile.kept, gl.RGB8, width, height, gl.RGB, gl.UNSIGNED_BYTE, data);
    else {
      const [inside, type] =
        bytes === 1 ? [gl.R8UI, gl.UNSIGNED_BYTE] : bytes === 2 ? [gl.R16UI, gl.UNSIGNED_SHORT] : [gl.R32UI, gl.UNSIGNED_INT];
      this.upload(tile.kept, inside, width, height, gl.RED_INTEGER, type, data);
    }
    return tile.kept;
  }

  /**
   * @param {WebGLTexture} to
   * @param {number} inside
   * @param {number} width
   * @param {number} height
   * @param {number} format
   * @param {number} type
   * @param {ArrayBufferView} data
   */
  upload(to, inside, width, height, format, type, data) {
    const { gl } = this;
    gl.bindTexture(gl.TEXTURE_2D, to);
    gl.texImage2D(gl.TEXTURE_2D, 0, inside, width, height, 0, format, type, data);
  }

  /** @param {Tile} tile */
  forget(tile) {
    if (tile.kept) this.gl.deleteTexture(tile.kept);
    tile.kept = undefined;
  }

  end() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

/** @type {boolean | null} */
let fastKnown = null;

/** Whether WebGL2 is drawn by a graphics processor, and not computed. */
function isFast() {
  if (fastKnown === null) {
    const canvas = document.createElement("canvas"); // one that has drawn with WebGL2 draws by nothing else
    const gl = /** @type {WebGL2RenderingContext | null} */ (canvas.getContext("webgl2", { failIfMajorPerformanceCaveat: true }));
    fastKnown = gl !== null && !/swiftshader|llvmpipe|software|basic render/i.test(nameOf(gl));
    gl?.getExtension("WEBGL_lose_context")?.loseContext();
  }
  return fastKnown;
}

/**
 * What draws: browsers say it openly, or when asked by this extension.
 * @param {WebGL2RenderingContext} gl
 */
function nameOf(gl) {
  const open = String(gl.getParameter(gl.RENDERER));
  const more = /webkit webgl/i.test(open) ? gl.getExtension("WEBGL_debug_renderer_info") : null;
  return more ? String(gl.getParameter(more.UNMASKED_RENDERER_WEBGL)) : open;
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {number} filter
 */
function texture(gl, filter) {
  const made = /** @type {WebGLTexture} */ (gl.createTexture());
  gl.bindTexture(gl.TEXTURE_2D, made);
  for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, name, filter);
  for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, name, gl.CLAMP_TO_EDGE);
  return made;
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {string} vertex
 * @param {string} fragment
 */
function program(gl, vertex, fragment) {
  const made = /** @type {WebGLProgram} */ (gl.createProgram());
  for (const [kind, text] of /** @type {[number, string][]} */ ([[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]])) {
    const shader = /** @type {WebGLShader} */ (gl.createShader(kind));
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  }
  gl.bindAttribLocation(made, 0, "corner");
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(made) ?? "The shader does not link.");
  /** @type {Map<string, WebGLUniformLocation | null>} */
  const places = new Map();
  /** @param {string} name */
  const at = (name) => {
    if (!places.has(name)) places.set(name, gl.getUniformLocation(made, name));
    return places.get(name) ?? null;
  };
  return { program: made, at };
}
