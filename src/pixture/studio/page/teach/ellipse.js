// The ellipse of a Gaussian in the plane, and the covariance of an ellipse that was drawn.

/** @typedef {[[number, number], [number, number]]} Matrix */

/** Half of the axes at one standard deviation; the angle of the first, anticlockwise, in radians. */
/** @typedef {{long: number, short: number, angle: number}} Axes */

/**
 * @param {Matrix} covariance
 * @returns {Axes}
 */
export function axesOf([[a, b], [, c]]) {
  const [middle, apart] = [(a + c) / 2, Math.hypot((a - c) / 2, b)];
  return {
    long: Math.sqrt(Math.max(0, middle + apart)),
    short: Math.sqrt(Math.max(0, middle - apart)),
    angle: Math.atan2(2 * b, a - c) / 2,
  };
}

/**
 * @param {Axes} axes
 * @returns {Matrix}
 */
export function covarianceOf({ long, short, angle }) {
  const [cos, sin, along, across] = [Math.cos(angle), Math.sin(angle), long * long, short * short];
  const mixed = (along - across) * cos * sin;
  return [
    [along * cos * cos + across * sin * sin, mixed],
    [mixed, along * sin * sin + across * cos * cos],
  ];
}
