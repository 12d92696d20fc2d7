// Numbers as people read them.

/** @param {number} share */
export const percent = (share) => (share > 0 && share < 0.0005 ? "< 0.1 %" : `${(100 * share).toFixed(share > 0.0995 || share === 0 ? 0 : 1)} %`);

/**
 * A value of a pixel or of an axis: whole numbers as they are, others to four or five digits, with powers of ten only
 * where there would be many zeros.
 * @param {number | null} value
 */
export function written(value) {
  if (value === null || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  let words = value.toPrecision(4);
  if (Number.isInteger(value) && size < 1e9) words = String(value);
  else if (size >= 1e6 || size < 1e-4) words = value.toExponential(3);
  else if (size >= 1e4) words = value.toFixed(0);
  else if (size >= 1000) words = value.toFixed(1);
  return words.replaceAll("-", "−");
}

/**
 * Up to six round numbers between two, and how they are written along an axis: short, and each unlike the next.
 * @param {[number, number]} ends
 * @returns {{value: number, words: string}[]}
 */
export function ticks([low, high]) {
  const rough = (high - low) / 5;
  if (!(rough > 0)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((one) => one * power >= rough) ?? 10);
  const far = Math.max(Math.abs(low), Math.abs(high));
  const isPower = far >= 1e6 || far < 1e-3;
  // so many digits that two neighbours differ
  const digits = Math.min(Math.max(1 + Math.ceil(Math.log10(far / step)), 1), 8);
  const found = [];
  for (let at = Math.ceil(low / step); at * step <= high; at++) {
    const value = Number((at * step).toPrecision(12));
    let words = value.toLocaleString("en", { maximumFractionDigits: 6 });
    if (isPower && value !== 0) words = Number(value.toPrecision(digits)).toExponential();
    found.push({ value, words: words.replaceAll("-", "−").replace("e+", "e") });
  }
  return found;
}
