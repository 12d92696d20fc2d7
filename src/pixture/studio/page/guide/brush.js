// Drawing with a pointer: strokes are seen at once, and handed over when the pointer is lifted.
import { made } from "../core/elements.js";
import { drawBox, drawStroke, inImage, show as showOverlay } from "./overlay.js";

/** @typedef {import("../image/view.js").Stage} Stage */
/** @typedef {import("./history.js").Stroke} Stroke */
/** @typedef {import("./history.js").Box} Box */

/**
 * What the brush asks for, and whom it tells.
 * @typedef {object} Told
 * @property {() => {tool: string, mark: number, width: number, plane: number, columns: number, rows: number}} now
 * @property {(mark: number) => string} colourOf
 * @property {(stroke: Stroke) => void} stroke
 * @property {(box: Box | null) => void} box
 * @property {() => void} redraw
 */

/**
 * Draw on a stage; the function returned ends it.
 * @param {Stage} stage
 * @param {Told} told
 */
export function drawOn(stage, told) {
  const ring = made("div", { class: "px-brush-ring", "aria-hidden": "true", hidden: true });
  stage.element.append(ring);
  /** @type {Stroke | null} */
  let stroke = null;
  let drawnTo = 0;
  /** @type {{x: number, y: number} | null} */
  let corner = null;
  /** Which pointer draws; of several fingers only the first does. */
  let drawing = -1;

  /** @param {PointerEvent} event */
  function down(event) {
    const { tool, mark, width, plane } = told.now();
    if (stroke || corner) return cancel(); // a second finger: both move the image
    if (event.button !== 0 || tool === "pan" || isMoved() || event.target instanceof HTMLButtonElement) return;
    stage.element.setPointerCapture(event.pointerId);
    drawing = event.pointerId;
    showOverlay(stage, true);
    const { x, y } = stage.at(event);
    if (tool === "box") corner = { x, y };
    else {
      stroke = { mark: tool === "erase" ? 0 : mark, width, points: [[x, y]], plane };
      drawnTo = 0;
      show();
    }
  }

  /** @param {PointerEvent} event */
  function move(event) {
    placeRing(event);
    if (event.pointerId !== drawing) return;
    if (corner) {
      told.redraw();
      const context = stage.canvas.getContext("2d");
      const box = boxOf(corner, stage.at(event), told.now());
      showOverlay(stage, box !== null);
      if (context && box) drawBox(context, stage, box);
    }
    if (!stroke) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length ? events : [event]) addPoint(stage.at(one));
    show();
  }

  /** @param {{x: number, y: number}} point */
  function addPoint({ x, y }) {
    if (!stroke) return;
    const [lastX, lastY] = stroke.points[stroke.points.length - 1];
    if (Math.hypot(x - lastX, y - lastY) >= Math.max(0.75, stroke.width / 8)) stroke.points.push([round(x), round(y)]);
  }

  function show() {
    const context = stage.canvas.getContext("2d");
    if (!context || !stroke) return;
    inImage(context, stage);
    drawStroke(context, stroke, told.colourOf(stroke.mark), drawnTo);
    drawnTo = stroke.points.length;
  }

  /** @param {PointerEvent} event */
  function up(event) {
    if (event.pointerId !== drawing) return;
    drawing = -1;
    if (corner) {
      const box = boxOf(corner, stage.at(event), told.now());
      corner = null;
      if (box) told.box(box);
      else told.redraw();
    }
    if (stroke) {
      const ended = stroke;
      stroke = null;
      told.stroke(ended);
    }
  }

  /** Whether the pointer moves the image: with the space bar held, or by two fingers. */
  const isMoved = () => stage.element.classList.contains("px-panning");

  function cancel() {
    [stroke, corner, drawing] = [null, null, -1];
    told.redraw();
  }

  /** @param {PointerEvent} event */
  function placeRing(event) {
    const { tool, width } = told.now();
    const draws = tool === "brush" || tool === "erase";
    ring.hidden = !draws;
    if (!draws) return;
    const { x, y } = stage.at(event);
    const [one, other] = [stage.toScreen(x - width / 2, y - width / 2), stage.toScreen(x + width / 2, y + width / 2)];
    const size = Math.max(3, Math.abs(other.x - one.x));
    ring.style.width = ring.style.height = `${size}px`;
    ring.style.transform = `translate(${(one.x + other.x) / 2 - size / 2}px, ${(one.y + other.y) / 2 - size / 2}px)`;
  }

  const leave = () => (ring.hidden = true);
  const listeners = /** @type {[string, any][]} */ ([
    ["pointerdown", down], ["pointermove", move], ["pointerup", up], ["pointercancel", cancel], ["pointerleave", leave],
  ]);
  for (const [name, listener] of listeners) stage.element.addEventListener(name, listener);
  return () => {
    for (const [name, listener] of listeners) stage.element.removeEventListener(name, listener);
    ring.remove();
  };
}

/** @param {number} value */
const round = (value) => Math.round(value * 100) / 100;

/**
 * The box of whole pixels between two corners; null where it holds next to nothing.
 * @param {{x: number, y: number}} one
 * @param {{x: number, y: number}} other
 * @param {{columns: number, rows: number}} image
 * @returns {Box | null}
 */
export function boxOf(one, other, { columns, rows }) {
  /** @param {number} value @param {number} most */
  const within = (value, most) => Math.min(Math.max(value, 0), most);
  const top = within(Math.floor(Math.min(one.y, other.y)), rows);
  const left = within(Math.floor(Math.min(one.x, other.x)), columns);
  const bottom = within(Math.ceil(Math.max(one.y, other.y)), rows);
  const right = within(Math.ceil(Math.max(one.x, other.x)), columns);
  return bottom - top >= 2 && right - left >= 2 ? [top, left, bottom, right] : null;
}
