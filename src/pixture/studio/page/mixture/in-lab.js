// Components as they are in Lab: asked of the session, one answer after the other, the latest mixture wins.

/** @typedef {import("../convergence/steps.js").Step} Step */
/** @typedef {import("./gaussians.js").Gaussians} Gaussians */

export class InLab {
  /**
   * @param {import("../core/studio.js").Studio} studio
   * @param {() => void} changed
   */
  constructor(studio, changed) {
    this.studio = studio;
    this.changed = changed;
    /** @type {{of: Step, found: Gaussians} | null} */
    this.last = null;
    this.asks = false;
  }

  /**
   * Return the components of a step in Lab; where they are not known yet, those before, and `changed` is called.
   * @param {Step} step
   * @param {number | null} at its number among the fit's steps; null while a fit runs
   * @returns {Gaussians | null}
   */
  of(step, at) {
    if (this.last?.of !== step && !this.asks) this.fetch(step, at);
    return this.last?.found.weights.length === step.weights.length ? this.last.found : null;
  }

  /**
   * @param {Step} step
   * @param {number | null} at
   */
  async fetch(step, at) {
    this.asks = true;
    try {
      const parts = at === null ? [step.weights, step.means, step.covariances].map(bufferOf) : [];
      const { buffers } = await this.studio.ask("components-in-lab", at === null ? {} : { at }, parts);
      const [weights, means, covariances] = buffers.map((buffer) => new Float32Array(buffer));
      this.last = { of: step, found: { channels: 3, weights, means, covariances } };
    } catch {
      this.last = { of: step, found: NOTHING }; // a mixture of other features, say: the density stands alone
    } finally {
      this.asks = false;
    }
    this.changed();
  }
}

const NOTHING = { channels: 3, weights: new Float32Array(), means: new Float32Array(), covariances: new Float32Array() };

/** @param {Float32Array} numbers */
function bufferOf(numbers) {
  return /** @type {ArrayBuffer} */ (numbers.slice().buffer);
}
