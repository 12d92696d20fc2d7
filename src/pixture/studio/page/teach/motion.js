// A mixture moves from where it was to where it is, unless motion is not wanted.

/** @typedef {import("./experiment.js").Mixture} Mixture */

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * @param {Mixture} from
 * @param {Mixture} to with as many components
 * @param {number} milliseconds
 * @param {(between: Mixture, share: number) => void} draw
 * @returns {Promise<void>}
 */
export function moved(from, to, milliseconds, draw) {
  if (calm() || from.weights.length !== to.weights.length) {
    draw(to, 1);
    return Promise.resolve();
  }
  const began = performance.now();
  return new Promise((resolve) => {
    const frame = () => {
      const share = Math.min(1, (performance.now() - began) / milliseconds);
      const eased = share * share * (3 - 2 * share);
      draw(share < 1 ? between(from, to, eased) : to, eased);
      if (share < 1) requestAnimationFrame(frame);
      else resolve();
    };
    frame();
  });
}

/** @param {Mixture} a @param {Mixture} b @param {number} share @returns {Mixture} */
function between(a, b, share) {
  /** @type {(one: number, other: number) => number} */
  const blend = (one, other) => one + share * (other - one);
  return {
    weights: a.weights.map((one, k) => blend(one, b.weights[k])),
    means: a.means.map(([x, y], k) => [blend(x, b.means[k][0]), blend(y, b.means[k][1])]),
    // what lies between two covariances is one
    covariances: a.covariances.map(([[xx, xy], [, yy]], k) => {
      const [[xx2, xy2], [, yy2]] = b.covariances[k];
      const mixed = blend(xy, xy2);
      return [[blend(xx, xx2), mixed], [mixed, blend(yy, yy2)]];
    }),
  };
}

/** @param {number} milliseconds @returns {Promise<void>} */
export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
