// Points, ellipses and centres in the plane, drawn.
import { drawn } from "../core/svg.js";
import { axesOf } from "./ellipse.js";

/** @typedef {import("./experiment.js").Point} Point */
/** @typedef {import("./experiment.js").Mixture} Mixture */

/** Half of the side of the picture, in its own units. */
const HALF = 150;
const RADIUS = 3.4;
/** A component that is thinner than this is drawn as if it were not. */
const THINNEST = 1.5;

/** One of the handles of an ellipse: its middle, or the end of an axis. */
/** @typedef {"middle" | "long" | "short"} Handle */

export class Plot {
  /**
   * @param {string} label
   * @param {string} role "application" where it takes keys
   */
  constructor(label, role = "img") {
    this.ground = drawn("rect", { class: "px-teach-ground", x: -HALF, y: -HALF, width: 2 * HALF, height: 2 * HALF });
    this.axes = drawn("path", { class: "px-teach-axes", d: `M${-HALF} 0H${HALF}M0 ${-HALF}V${HALF}` });
    this.dots = drawn("g");
    this.components = drawn("g");
    this.marks = drawn("g");
    this.element = drawn(
      "svg",
      { class: "px-teach-plot", viewBox: `${-HALF} ${-HALF} ${2 * HALF} ${2 * HALF}`, role, "aria-label": label },
      this.ground, this.axes, this.dots, this.components, this.marks,
    );
    if (role === "application") this.element.setAttribute("tabindex", "0");
    /** How far the picture reaches from the middle, in the points' units. */
    this.reach = 14;
  }

  /** Reach as far as points do. @param {Point[]} points */
  fit(points) {
    const far = Math.max(10, ...points.map(([x, y]) => Math.max(Math.abs(x), Math.abs(y))));
    this.reach = 2 * Math.ceil((far + 1) / 2);
  }

  /** Pixels of the picture's own, of a length. */
  get scale() {
    return HALF / this.reach;
  }

  /** Where a pointer is, in the points' units. @param {{clientX: number, clientY: number}} event @returns {Point} */
  place({ clientX, clientY }) {
    const box = this.element.getBoundingClientRect();
    const side = Math.min(box.width, box.height);
    const x = (clientX - box.left - box.width / 2) / side;
    const y = (clientY - box.top - box.height / 2) / side;
    return [2 * x * this.reach, -2 * y * this.reach];
  }

  /** @param {Point[]} points @param {(n: number) => string | null} colour null where nothing is known of it */
  showPoints(points, colour) {
    while (this.dots.childElementCount > points.length) this.dots.lastElementChild?.remove();
    while (this.dots.childElementCount < points.length) {
      this.dots.append(drawn("circle", { class: "px-teach-point", r: RADIUS }));
    }
    points.forEach(([x, y], n) => {
      const dot = /** @type {SVGCircleElement} */ (this.dots.children[n]);
      dot.setAttribute("cx", (x * this.scale).toFixed(2));
      dot.setAttribute("cy", (-y * this.scale).toFixed(2));
      dot.dataset.point = String(n);
      dot.style.fill = colour(n) ?? "";
    });
  }

  /**
   * Show components: solid at one standard deviation, dashed at two, with handles at the ends of the solid one's axes.
   * @param {Mixture} mixture
   * @param {string[]} colours
   * @param {boolean} moves whether they can be moved
   */
  showComponents(mixture, colours, moves) {
    const count = mixture.weights.length;
    if (this.components.childElementCount !== count) {
      this.components.replaceChildren(...mixture.weights.map((_, k) => component(k, moves)));
    }
    mixture.means.forEach(([x, y], k) => {
      const group = /** @type {SVGGElement} */ (this.components.children[k]);
      const axes = axesOf(mixture.covariances[k]);
      const [long, short] = [axes.long, axes.short].map((one) => Math.max(THINNEST, one * this.scale));
      const turned = (-axes.angle * 180) / Math.PI;
      group.setAttribute("transform", `translate(${x * this.scale} ${-y * this.scale}) rotate(${turned})`);
      group.style.color = colours[k];
      if (moves) {
        group.setAttribute("aria-label", `Component ${k + 1}: middle ${x.toFixed(1)}, ${y.toFixed(1)}; deviations ${axes.long.toFixed(2)} and ${axes.short.toFixed(2)}; weight ${mixture.weights[k].toFixed(2)}`);
      }
      for (const part of group.children) {
        const times = part.classList.contains("px-teach-twice") ? 2 : 1;
        if (part.tagName === "ellipse") {
          part.setAttribute("rx", String(long * times));
          part.setAttribute("ry", String(short * times));
        } else if (part instanceof SVGElement && part.dataset.handle !== undefined) {
          part.setAttribute("cx", String(part.dataset.handle === "long" ? long : 0));
          part.setAttribute("cy", String(part.dataset.handle === "short" ? -short : 0));
        }
      }
    });
  }

  /** Show centres of k-means, as crosses. @param {Point[]} centres @param {string[]} colours */
  showCentres(centres, colours) {
    this.marks.replaceChildren(
      ...centres.flatMap(([x, y], k) => {
        const d = `M${x * this.scale - 7} ${-y * this.scale}h14m-7-7v14`;
        const cross = drawn("path", { class: "px-teach-cross", d });
        cross.style.stroke = colours[k];
        return [drawn("path", { class: "px-teach-cross-halo", d }), cross];
      }),
    );
  }

  /** Show where keys would add a point; null hides it. @param {Point | null} at */
  showCrosshair(at) {
    this.marks.replaceChildren();
    if (!at) return;
    const [x, y] = [at[0] * this.scale, -at[1] * this.scale];
    this.marks.append(drawn("path", { class: "px-teach-crosshair", d: `M${x - 9} ${y}h6m6 0h6M${x} ${y - 9}v6m0 6v6` }));
  }
}

/** @param {number} k @param {boolean} moves */
function component(k, moves) {
  const handle = (/** @type {Handle} */ which) => drawn("circle", { class: "px-teach-handle", r: 5, "data-handle": which, "data-component": k });
  return drawn(
    "g",
    moves ? { class: "px-teach-component px-teach-moves", role: "button", tabindex: 0, "data-component": k } : { class: "px-teach-component" },
    drawn("ellipse", { class: "px-teach-twice" }),
    drawn("ellipse", { class: "px-teach-once", "data-component": k }),
    ...(moves ? [handle("middle"), handle("long"), handle("short")] : [drawn("circle", { class: "px-teach-middle", r: 3 })]),
  );
}
