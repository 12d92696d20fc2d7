// The log-likelihood over the steps of a fit, drawn; a click goes to a step.
import { drawn } from "../core/svg.js";
import { signed } from "./steps.js";

/** @typedef {import("./steps.js").Step} Step */

const HEIGHT = 74;
const [LEFT, RIGHT, TOP, BOTTOM] = [8, 8, 8, 8];

export class Curve {
  /** @param {(at: number) => void} seek */
  constructor(seek) {
    this.element = drawn("svg", { class: "px-curve", role: "img", height: HEIGHT });
    /** @type {Step[]} */
    this.steps = [];
    this.at = 0;
    this.width = 300;
    /** The least and the greatest log-likelihood. */
    this.ends = [0, 1];
    this.element.addEventListener("pointerdown", (event) => {
      this.element.setPointerCapture(event.pointerId);
      this.seekTo(event, seek);
    });
    this.element.addEventListener("pointermove", (event) => {
      if (event.buttons & 1) this.seekTo(event, seek);
    });
    this.resized = new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width > 0 && contentRect.width !== this.width) {
        this.width = contentRect.width;
        this.draw();
      }
    });
    this.resized.observe(this.element);
  }

  /**
   * @param {PointerEvent} event
   * @param {(at: number) => void} seek
   */
  seekTo(event, seek) {
    const share = (event.offsetX - LEFT) / (this.width - LEFT - RIGHT);
    if (this.steps.length) seek(Math.round(Math.min(1, Math.max(0, share)) * (this.steps.length - 1)));
  }

  /**
   * Show steps, and which of them is looked at.
   * @param {Step[]} steps
   * @param {number} at
   */
  show(steps, at) {
    if (steps === this.steps && at !== this.at && this.dot) {
      this.at = at;
      this.place();
      return;
    }
    this.steps = steps;
    this.at = at;
    this.draw();
  }

  draw() {
    const { steps, element } = this;
    element.setAttribute("viewBox", `0 0 ${this.width} ${HEIGHT}`);
    element.replaceChildren();
    this.dot = null;
    if (!steps.length) {
      element.setAttribute("aria-label", "Log-likelihood: nothing is fitted yet");
      return;
    }
    const values = steps.map((step) => step.logLikelihood);
    this.ends = [Math.min(...values), Math.max(...values)];
    const last = steps[steps.length - 1];
    element.setAttribute(
      "aria-label",
      `Log-likelihood per pixel over ${last.iteration} iterations: from ${signed(values[0])} to ${signed(last.logLikelihood)}`,
    );
    const ofAll = steps.findIndex((step) => step.subsample === null);
    const shaded = ofAll < 0 ? steps.length - 1 : ofAll;
    if (shaded > 0) {
      element.append(
        drawn("rect", { class: "px-subsamples", x: LEFT, y: 0, width: this.x(shaded) - LEFT, height: HEIGHT }),
      );
    }
    const points = values.map((value, at) => `${this.x(at).toFixed(1)},${this.y(value).toFixed(1)}`);
    element.append(drawn("polyline", { class: "px-rising", points: points.join(" ") }));
    if (steps.length <= 120) {
      steps.forEach((step, at) => {
        const kind = step.extrapolated ? "px-step px-hollow" : "px-step";
        element.append(drawn("circle", { class: kind, cx: this.x(at), cy: this.y(values[at]), r: 2.5 }));
      });
    }
    this.line = drawn("line", { class: "px-here", y1: 0, y2: HEIGHT });
    this.dot = drawn("circle", { class: "px-here-dot", r: 5 });
    element.append(this.line, this.dot);
    this.place();
  }

  place() {
    const step = this.steps[this.at];
    if (!step || !this.dot || !this.line) return;
    const x = this.x(this.at);
    this.dot.setAttribute("cx", String(x));
    this.dot.setAttribute("cy", String(this.y(step.logLikelihood)));
    this.line.setAttribute("x1", String(x));
    this.line.setAttribute("x2", String(x));
  }

  /** @param {number} at */
  x(at) {
    return LEFT + ((this.width - LEFT - RIGHT) * at) / Math.max(1, this.steps.length - 1);
  }

  /** @param {number} value */
  y(value) {
    const [low, high] = this.ends;
    return high > low ? TOP + ((HEIGHT - TOP - BOTTOM) * (high - value)) / (high - low) : HEIGHT / 2;
  }

  end() {
    this.resized.disconnect();
  }
}
