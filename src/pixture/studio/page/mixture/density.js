// The density of the image's values as a picture: the darker, or the brighter, the more pixels.

/**
 * What the session answers of a plane, or of a line: where the axes end, the counts, colours of the bins.
 * @typedef {{x: [number, number], y: [number, number] | null, width: number, height: number,
 *   counts: Float32Array, colours: Uint8Array | null}} Density
 */

/**
 * @param {import("../core/studio.js").Answer} answer
 * @returns {Density}
 */
export function densityOf({ says, buffers }) {
  return {
    x: says.x, y: says.y, width: says.width, height: says.height, counts: new Float32Array(buffers[0]),
    colours: buffers[1] ? new Uint8Array(buffers[1]) : null,
  };
}

/**
 * Draw the density of a plane onto a canvas, on a scale of logarithms; a bin of one pixel is still seen.
 * @param {HTMLCanvasElement} canvas
 * @param {Density} density
 * @param {number[]} ink red, green and blue where bins have no colour of their own
 */
export function paint(canvas, { width, height, counts, colours }, ink) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) return;
  const picture = context.createImageData(width, height);
  let most = 1;
  for (const count of counts) if (count > most) most = count;
  const whole = Math.log(most + 1);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const from = row * width + column;
      if (counts[from] === 0) continue;
      const to = 4 * ((height - 1 - row) * width + column);
      for (let c = 0; c < 3; c++) picture.data[to + c] = colours ? colours[3 * from + c] : ink[c];
      picture.data[to + 3] = 255 * (0.25 + 0.75 * (Math.log(counts[from] + 1) / whole));
    }
  }
  context.putImageData(picture, 0, 0);
}

/**
 * Return the histogram of a line as the points of an outline, in a box of so many pixels, and the height of a
 * density of 1 in it.
 * @param {Density} density
 * @param {number} width
 * @param {number} height
 */
export function skyline({ x, counts, width: bins }, width, height) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const ordered = [...counts].filter((count) => count > 0).sort((a, b) => a - b);
  const top = ordered[Math.floor(0.99 * (ordered.length - 1))] ?? 1; // a spike may leave the picture
  const points = [`0,${height}`];
  counts.forEach((count, at) => {
    const y = height - (height * count) / (1.15 * top);
    points.push(`${(width * at) / bins},${y}`, `${(width * (at + 1)) / bins},${y}`);
  });
  points.push(`${width},${height}`);
  const step = (x[1] - x[0]) / bins;
  return { points: points.join(" "), unit: (height * total * step) / (1.15 * top) };
}
