// The steps of a fit, as the session tells of them: one after the other while it runs, all of them afterwards.

/**
 * A step: the start of a fit, or what an iteration led to.
 * iteration: how many iterations led here; logLikelihood: per pixel, in nats; subsample: rows of the subsample
 * that the mixture was fitted to, null where it was all of the data; extrapolated: whether the step was
 * extrapolated from those before it; numbers: what each component is in the last step (those that were dropped
 * on the way come after its own); weights, means, covariances: one component after the other.
 * @typedef {{iteration: number, logLikelihood: number, subsample: number | null, extrapolated: boolean,
 *   numbers: number[], channels: number, weights: Float32Array, means: Float32Array,
 *   covariances: Float32Array}} Step
 */

/**
 * Return the step that the session tells of while a fit runs.
 * @param {any} says
 * @param {ArrayBuffer[]} buffers
 * @returns {Step}
 */
export function stepTold(says, buffers) {
  const [weights, means, covariances] = buffers.map((buffer) => new Float32Array(buffer));
  return {
    iteration: says.iteration, logLikelihood: says.log_likelihood, subsample: null, extrapolated: false,
    numbers: Array.from({ length: says.components }, (_, at) => at), channels: says.channels,
    weights, means, covariances,
  };
}

/**
 * Return all steps of a fit, as the question "steps" is answered.
 * @param {import("../core/studio.js").Answer} answer
 * @returns {Step[]}
 */
export function stepsOf({ says, buffers }) {
  const [weights, means, covariances] = buffers.map((buffer) => new Float32Array(buffer));
  const d = says.channels;
  let at = 0;
  return says.steps.map((/** @type {any} */ one) => {
    const [from, to] = [at, (at += one.components.length)];
    return {
      iteration: one.iteration, logLikelihood: one.log_likelihood, subsample: one.subsample,
      extrapolated: one.extrapolated, numbers: one.components, channels: d,
      weights: weights.subarray(from, to), means: means.subarray(from * d, to * d),
      covariances: covariances.subarray(from * d * d, to * d * d),
    };
  });
}

/**
 * Say what a step is, in a line.
 * @param {Step} step
 * @param {number} iterations
 */
export function inWords({ iteration, logLikelihood, subsample, extrapolated }, iterations) {
  const place = iteration === 0 ? "Start" : `Iteration ${iteration}`;
  const data = subsample === null ? "" : `, on a subsample of ${subsample.toLocaleString("en")} values`;
  const ahead = extrapolated ? ", extrapolated" : "";
  return `${place} of ${iterations}${data}${ahead}: ${signed(logLikelihood)} nats per pixel`;
}

/** @param {number} value */
export const signed = (value) => value.toFixed(4).replace("-", "−");
