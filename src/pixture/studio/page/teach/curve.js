// The log-likelihood after each E step, as a small curve.
import { drawn } from "../core/svg.js";

const [WIDTH, HEIGHT, EDGE] = [300, 70, 7];

export class RisingCurve {
  constructor() {
    this.element = drawn("svg", { class: "px-teach-curve", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", preserveAspectRatio: "none" });
    this.show([]);
  }

  /** @param {number[]} values */
  show(values) {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const across = (WIDTH - 2 * EDGE) / Math.max(8, values.length - 1);
    const points = values.map((value, at) => {
      const y = high > low ? EDGE + ((HEIGHT - 2 * EDGE) * (high - value)) / (high - low) : HEIGHT / 2;
      return [EDGE + at * across, y];
    });
    this.element.replaceChildren(
      drawn("polyline", { class: "px-teach-line", points: points.map((one) => one.join(",")).join(" ") }),
      ...points.map(([x, y]) => drawn("path", { class: "px-teach-dot", d: `M${x} ${y}h0` })),
    );
    this.element.setAttribute(
      "aria-label",
      values.length
        ? `Log-likelihood per point over ${values.length} E steps: from ${values[0].toFixed(3)} to ${values[values.length - 1].toFixed(3)}`
        : "Log-likelihood: there was no E step yet",
    );
  }
}
