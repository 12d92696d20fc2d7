// One picture: a plane of the image and what lies over it, drawn when something changed, at most once a frame.
import { made } from "../core/elements.js";
import { CanvasRenderer } from "./canvas.js";
import { placesSeen, quadOfAll, quadsOf } from "./quads.js";
import { TileStore } from "./tiles.js";
import { View } from "./view.js";
import { WebGLRenderer } from "./webgl.js";

/** @typedef {import("../core/studio.js").Studio} Studio */
/** @typedef {import("./look.js").Look} Look */
/** @typedef {import("./look.js").Plane} Plane */
/** @typedef {import("./tiles.js").Source} Source */
/** @typedef {import("./view.js").Stage} Stage */

const NO_PICTURE = /** @type {import("./webgl.js").Scene["base"]} */ ([]);

export class Picture {
  /**
   * @param {Studio} studio
   * @param {Look} look
   * @param {() => Plane} plane which plane is seen
   * @param {string} words what it is, for who does not see it
   */
  constructor(studio, look, plane, words) {
    this.studio = studio;
    this.look = look;
    this.plane = plane;
    this.view = new View();
    this.drawing = made("canvas", { class: "px-drawing", "aria-hidden": "true" });
    this.canvas = made("canvas", { class: "px-drawing px-overlay", "aria-hidden": "true" });
    this.element = made(
      "div", { class: "px-stage", tabindex: 0, role: "application", "aria-label": words, "aria-roledescription": "image" },
      this.drawing, this.canvas,
    );
    this.ratio = 1;
    this.asked = 0;
    /** What was last seen whole, of the image and of its layer: it stays until what follows is there. */
    this.before = { base: /** @type {Source | null} */ (null), over: /** @type {Source | null} */ (null) };
    this.renderer = this.newRenderer();
    this.store = new TileStore(studio, () => this.redraw(), (tile) => this.renderer.forget(tile));
    /** @type {Set<() => void>} */
    this.drawnListeners = new Set();
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.element);
    this.offs = [this.view.onChange(() => this.redraw())];
  }

  /**
   * The drawing: by WebGL2 where there is a graphics processor, else on a 2-D canvas, which is faster than WebGL2
   * without one. The address may ask for either: ?drawing=2d, ?drawing=webgl2.
   */
  newRenderer() {
    const asked = new URLSearchParams(location.search).get("drawing");
    /** @type {import("./webgl.js").Renderer | null} */
    const found = asked === "2d" ? null : WebGLRenderer.of(this.drawing, asked !== "webgl2");
    this.drawing.addEventListener("webglcontextlost", (event) => this.lost(event), { once: true });
    const renderer = found ?? new CanvasRenderer(this.drawing);
    this.element.dataset.drawing = renderer.name;
    return renderer;
  }

  /** The graphics processor has gone: what it held is drawn again, on another canvas. @param {Event} event */
  lost(event) {
    if (event.target !== this.drawing || this.store.ended) return;
    event.preventDefault();
    for (const tile of this.store.tiles.values()) tile.kept = undefined;
    for (const one of [this.look.live.frame, this.look.live.step]) if (one) one.tile.kept = undefined;
    const other = made("canvas", { class: "px-drawing", "aria-hidden": "true" });
    this.drawing.replaceWith(other);
    this.drawing = other;
    this.renderer = new CanvasRenderer(other);
    this.element.dataset.drawing = this.renderer.name;
    this.ratio = 0;
    this.resize();
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.element;
    const ratio = window.devicePixelRatio || 1;
    if (!width || !height) return;
    if (width === this.view.width && height === this.view.height && ratio === this.ratio) return;
    this.ratio = ratio;
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
    this.renderer.resize(across, down);
    Object.assign(this.canvas, { width: across, height: down });
    this.view.resize(width, height);
    this.draw(); // at once: a canvas of another size is empty
  }

  /** Another image, or another axis: all of it is shown. */
  reset() {
    this.before = { base: null, over: null };
    this.store.only(() => false);
    if (!this.look.image) return this.redraw();
    const { columns, rows, aspect, flipped } = this.look.shapeOf(this.plane().axis);
    this.view.of(columns, rows, aspect, flipped);
  }

  /** @param {() => void} listener called after each drawing */
  onDrawn(listener) {
    this.drawnListeners.add(listener);
    return () => this.drawnListeners.delete(listener);
  }

  /** Draw before the next frame is shown. */
  redraw() {
    if (!this.asked) this.asked = requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.drawNow();
    for (const listener of this.drawnListeners) listener();
  }

  drawNow() {
    cancelAnimationFrame(this.asked);
    this.asked = 0;
    const { look, view, ratio, store } = this;
    if (window.devicePixelRatio !== ratio && view.width) this.resize();
    const style = look.image && view.width ? look.style : null;
    if (!style) {
      if (view.width) this.renderer.draw({ view, ratio, base: NO_PICTURE, over: NO_PICTURE, ...NO_LAYER });
      return;
    }
    const places = placesSeen(view, ratio);
    const plane = this.plane();
    const base = look.base(plane);
    const under = quadsOf(store, base, places, { source: this.before.base });
    const layer = this.layerOf(plane, places);
    if (under.complete) this.before.base = base;
    store.want([...under.missing, ...layer.missing].sort(byLevel), [base, ...layer.sources]);
    this.renderer.draw({ view, ratio, base: under.quads, over: layer.quads, ...style });
    const isAllThere = under.complete && layer.complete && !under.missing.length && !layer.missing.length;
    this.element.toggleAttribute("data-drawn", isAllThere); // as fine as the screen is
  }

  /**
   * What lies over the image: the labels of a frame or of a step, or tiles.
   * @param {Plane} plane
   * @param {import("./tiles.js").Place[]} places
   */
  layerOf(plane, places) {
    const { look, store, view } = this;
    const { live } = look;
    const isSeen = look.isOfLabels && plane.axis === "z" && plane.index === Math.floor(look.image.planes / 2);
    const instead = isSeen ? live.instead : null;
    const over = look.over(plane);
    if (instead) return { quads: [quadOfAll(instead, view)], missing: [], complete: true, sources: over ? [over] : [] };
    if (!over) return { quads: [], missing: [], complete: true, sources: [] };
    const { before } = this;
    const source = before.over?.says.layer === over.says.layer ? before.over : null;
    const found = quadsOf(store, over, places, { tile: isSeen ? live.until : null, source });
    if (found.complete) before.over = over;
    return { ...found, sources: [over] };
  }

  /** What others need who draw over the image. @returns {Stage} */
  get stage() {
    const picture = this;
    return {
      element: this.element,
      view: this.view,
      get canvas() {
        return picture.canvas;
      },
      get ratio() {
        return picture.ratio;
      },
      toImage: (x, y) => this.view.toImage(x, y),
      toScreen: (x, y) => this.view.toScreen(x, y),
      at: (event) => this.at(event),
      onChange: (listener) => this.view.onChange(listener),
    };
  }

  /** @param {{clientX: number, clientY: number}} event */
  at({ clientX, clientY }) {
    const { left, top } = this.element.getBoundingClientRect();
    return this.view.toImage(clientX - left - this.element.clientLeft, clientY - top - this.element.clientTop);
  }

  end() {
    cancelAnimationFrame(this.asked);
    this.observer.disconnect();
    this.offs.forEach((off) => off());
    this.store.end();
    this.renderer.end();
  }
}

const NO_LAYER = /** @type {const} */ ({
  mode: "colours", opacity: 0, swipe: null, groups: null, chosen: null, zero: false, table: new Uint8Array(1024),
});

/** @param {import("./tiles.js").Wanted} one @param {import("./tiles.js").Wanted} other */
const byLevel = (one, other) => other.place.level - one.place.level;
