// Numbers as people read them.

/** @param {number} share */
export const percent = (share) => `${(100 * share).toFixed(share > 0.0995 || share === 0 ? 0 : 1)} %`;

/** @param {number} value */
export const short = (value) => (Number.isInteger(value) ? value.toLocaleString("en") : value.toPrecision(4));
