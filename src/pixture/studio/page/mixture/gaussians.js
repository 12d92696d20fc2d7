// What is drawn of Gaussians: their outlines in a plane, their curves along a line.

/** Components in a plane or along a line: weights, means and covariances of so many channels. */
/** @typedef {{channels: number, weights: Float32Array, means: Float32Array, covariances: Float32Array}} Gaussians */

/** An outline: its middle, half of its axes, and by how many degrees it is turned. */
/** @typedef {{x: number, y: number, long: number, short: number, turned: number}} Outline */

/**
 * Return the outline of a component at so many standard deviations, in the plane of two channels.
 * `scale` says how many pixels a unit of each is; the second goes upwards.
 * @param {Gaussians} of
 * @param {number} component
 * @param {[number, number]} channels
 * @param {[number, number]} scale
 * @param {number} deviations
 * @returns {Outline}
 */
export function outline(of, component, [x, y], [across, up], deviations) {
  const d = of.channels;
  const at = component * d * d;
  const a = of.covariances[at + x * d + x] * across * across;
  const b = -of.covariances[at + x * d + y] * across * up;
  const c = of.covariances[at + y * d + y] * up * up;
  const [middle, apart] = [(a + c) / 2, Math.hypot((a - c) / 2, b)];
  return {
    x: of.means[component * d + x], y: of.means[component * d + y],
    long: deviations * Math.sqrt(Math.max(0, middle + apart)),
    short: deviations * Math.sqrt(Math.max(0, middle - apart)),
    turned: (Math.atan2(2 * b, a - c) * 90) / Math.PI,
  };
}

/**
 * Return w N(x; m, σ²) of a component along a channel, at places.
 * @param {Gaussians} of
 * @param {number} component
 * @param {number} channel
 * @param {number[]} places
 */
export function curve(of, component, channel, places) {
  const d = of.channels;
  const mean = of.means[component * d + channel];
  const variance = of.covariances[component * d * d + channel * d + channel];
  const height = of.weights[component] / Math.sqrt(2 * Math.PI * variance);
  return places.map((place) => height * Math.exp(-((place - mean) ** 2) / (2 * variance)));
}
