// The mixture that is looked at: of the step that is told of, or looked back at; else the one that was found.
import { stepTold } from "../convergence/steps.js";

/** @typedef {import("../convergence/steps.js").Step} Step */
/** @typedef {import("../core/studio.js").Studio} Studio */

export class ShownMixture {
  /**
   * @param {Studio} studio
   * @param {() => void} changed
   */
  constructor(studio, changed) {
    this.studio = studio;
    /** @type {Step | null} */
    this.live = null;
    this.ends = [
      studio.onTold("step", (says, buffers) => {
        this.live = stepTold(says, buffers);
        changed();
      }),
      studio.state.on("run", ({ status }) => {
        if (status !== "running" && this.live) {
          this.live = null;
          changed();
        }
      }),
      studio.state.on(["result", "palette"], changed),
      studio.shared.on(["at", "steps", "selected", "hidden"], changed),
    ];
  }

  /** Which of the fit's steps it is; null while a fit runs. */
  get at() {
    const { shared } = this.studio;
    return this.live ? null : shared.get("at") ?? shared.get("steps").length - 1;
  }

  /** @returns {Step | null} */
  get step() {
    return this.live ?? this.studio.shared.get("steps")[this.at ?? -1] ?? null;
  }

  /** Whether it is another than the one that was found. */
  get isPassing() {
    return this.live !== null || this.studio.shared.get("at") !== null;
  }

  /** The label of a component of it, by its number. @param {number} number */
  labelOf(number) {
    const groups = this.live ? [] : this.studio.state.get("result")?.groups ?? [];
    const label = groups.findIndex((/** @type {number[]} */ group) => group.includes(number));
    return label < 0 ? number : label;
  }

  /** @param {number} label */
  colourOf(label) {
    return this.studio.state.get("palette")?.[label] ?? "#888888";
  }

  end() {
    this.ends.forEach((end) => end());
  }
}
