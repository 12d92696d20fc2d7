// The plot is changed by a pointer or by keys: points are added, moved and removed, ellipses moved, stretched, turned.
import { axesOf, covarianceOf } from "./ellipse.js";
import { MOST_POINTS } from "./experiment.js";

/** @typedef {import("./experiment.js").Experiment} Experiment */
/** @typedef {import("./experiment.js").Point} Point */
/** @typedef {import("./plot.js").Plot} Plot */

/** A component may not be made thinner than this. */
const LEAST = 0.05;
/** How near the crosshair must be to a point to act on it. */
const NEAR = 0.6;

export const KEYS =
  "With the plot focused, the arrow keys move a crosshair (with Shift by more), Enter adds a point, Delete removes the nearest, and Space picks it up or puts it down. Tab goes on to the ellipses: arrow keys move one, Page Up and Page Down make it larger and smaller, Home and End longer and shorter, [ and ] turn it.";

/**
 * @param {Plot} plot
 * @param {Experiment} experiment
 * @param {(what: string) => void} changed told, in a sentence or nothing, that something was changed
 * @param {(n: number | null) => void} look told which point the pointer is at
 */
export function handsOn(plot, experiment, changed, look) {
  const { element } = plot;
  /** @type {{kind: "point", n: number} | {kind: "component", k: number, handle: string, from: Point} | null} */
  let held = null;
  /** @type {Point | null} */
  let crosshair = null;
  /** @type {number | null} */
  let carried = null;

  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const target = /** @type {SVGElement} */ (event.target);
    const at = plot.place(event);
    const { point, component, handle } = target.dataset;
    if (component !== undefined) {
      held = { kind: "component", k: Number(component), handle: handle ?? "middle", from: at };
      /** @type {SVGElement | null} */ (target.closest(".px-teach-component"))?.focus();
    } else if (point !== undefined && event.shiftKey) {
      remove(Number(point));
    } else if (point !== undefined) {
      held = { kind: "point", n: Number(point) };
    } else {
      add(at);
    }
    element.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  element.addEventListener("pointermove", (event) => {
    const at = plot.place(event);
    if (held?.kind === "point") move(held.n, at);
    else if (held) {
      drag(held.k, held.handle, held.from, at);
      held.from = at;
    } else {
      const { point } = /** @type {SVGElement} */ (event.target).dataset;
      look(point === undefined ? null : Number(point));
    }
  });
  for (const kind of ["pointerup", "pointercancel"]) element.addEventListener(kind, () => (held = null));
  element.addEventListener("pointerleave", () => look(null));
  element.addEventListener("blur", () => plot.showCrosshair(null));
  element.addEventListener("keydown", (event) => {
    const { component } = /** @type {SVGElement} */ (event.target).dataset;
    const done = component === undefined ? crosshairKey(event) : componentKey(event, Number(component));
    if (done) event.preventDefault();
  });

  /** @param {Point} at */
  function add(at) {
    if (experiment.points.length >= MOST_POINTS) return;
    experiment.change([...experiment.points, rounded(at)]);
    changed("A point was added.");
  }

  /** @param {number} n */
  function remove(n) {
    if (experiment.points.length < 2) return;
    experiment.change(experiment.points.filter((_, at) => at !== n));
    changed("A point was removed.");
  }

  /** @param {number} n @param {Point} to */
  function move(n, to) {
    experiment.change(experiment.points.map((one, at) => (at === n ? rounded(to) : one)));
    changed("");
  }

  /** @param {number} k @param {string} handle @param {Point} from @param {Point} to */
  function drag(k, handle, [fromX, fromY], [x, y]) {
    const { mixture } = experiment;
    if (!mixture) return;
    const mean = mixture.means[k];
    if (handle === "middle") {
      experiment.place(k, [mean[0] + x - fromX, mean[1] + y - fromY], mixture.covariances[k]);
    } else {
      const axes = axesOf(mixture.covariances[k]);
      const [length, angle] = [Math.max(LEAST, Math.hypot(x - mean[0], y - mean[1])), Math.atan2(y - mean[1], x - mean[0])];
      // the longer axis stays the longer one, or handles would change places under the pointer
      const turned =
        handle === "long"
          ? { long: Math.max(length, axes.short), short: axes.short, angle }
          : { long: axes.long, short: Math.min(length, axes.long), angle: angle - Math.PI / 2 };
      experiment.place(k, mean, covarianceOf(turned));
    }
    changed("");
  }

  /** @param {KeyboardEvent} event */
  function crosshairKey(event) {
    const way = arrow(event);
    const at = crosshair ?? [0, 0];
    if (way) {
      crosshair = [at[0] + way[0], at[1] + way[1]];
      if (carried !== null) move(carried, crosshair);
    } else if (event.key === "Enter") {
      add(at);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      const n = nearest(at);
      if (n !== null) remove(n);
    } else if (event.key === " ") {
      carried = carried === null ? nearest(at) : null;
      changed(carried === null ? "The point is put down." : "The point is picked up; the arrow keys move it.");
    } else return false;
    plot.showCrosshair(crosshair ?? at);
    return true;
  }

  /** @param {KeyboardEvent} event @param {number} k */
  function componentKey(event, k) {
    const { mixture } = experiment;
    if (!mixture) return false;
    const [mean, axes, way] = [mixture.means[k], axesOf(mixture.covariances[k]), arrow(event)];
    const changes = /** @type {Record<string, () => Partial<import("./ellipse.js").Axes>>} */ ({
      PageUp: () => ({ long: axes.long * 1.1, short: axes.short * 1.1 }),
      PageDown: () => ({ long: Math.max(LEAST, axes.long / 1.1), short: Math.max(LEAST, axes.short / 1.1) }),
      Home: () => ({ long: axes.long * 1.1 }),
      End: () => ({ long: Math.max(axes.short, axes.long / 1.1) }),
      "[": () => ({ angle: axes.angle + Math.PI / 36 }),
      "]": () => ({ angle: axes.angle - Math.PI / 36 }),
    });
    if (way) experiment.place(k, [mean[0] + way[0], mean[1] + way[1]], mixture.covariances[k]);
    else if (changes[event.key]) experiment.place(k, mean, covarianceOf({ ...axes, ...changes[event.key]() }));
    else return false;
    changed("");
    return true;
  }

  /** The point nearest to a place, if it is near. @param {Point} at */
  function nearest([x, y]) {
    const away = experiment.points.map((one) => Math.hypot(one[0] - x, one[1] - y));
    const n = away.indexOf(Math.min(...away));
    return n >= 0 && away[n] < NEAR * Math.max(1, plot.reach / 14) ? n : null;
  }
}

/** @param {KeyboardEvent} event @returns {Point | null} */
function arrow({ key, shiftKey }) {
  const step = shiftKey ? 1 : 0.25;
  const ways = /** @type {Record<string, Point>} */ ({
    ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step],
  });
  return ways[key] ?? null;
}

/** @param {Point} at @returns {Point} */
function rounded([x, y]) {
  return [Number(x.toFixed(3)), Number(y.toFixed(3))];
}
