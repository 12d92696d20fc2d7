// Colours mixed as responsibilities say.

/** @param {string} hex "#0072b2" */
function parts(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

/**
 * Return colours mixed in proportion to shares, in linear light as lamps mix.
 * @param {string[]} colours
 * @param {number[]} shares
 */
export function mixed(colours, shares) {
  const found = [0, 0, 0];
  shares.forEach((share, k) => parts(colours[k]).forEach((value, at) => (found[at] += share * (value / 255) ** 2.2)));
  return `rgb(${found.map((value) => Math.round(255 * value ** (1 / 2.2))).join(" ")})`;
}
