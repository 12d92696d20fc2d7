// What lies over the image: strokes, the box, the outline of the selected object.

/** @typedef {import("../image/view.js").Stage} Stage */
/** @typedef {import("./history.js").Stroke} Stroke */
/** @typedef {import("./history.js").Drawing} Drawing */

/**
 * Where an object is: of each step-th pixel of its box whether it is in it.
 * @typedef {{box: [number, number, number, number], plane: number, step: number, width: number, height: number, inside: Uint8Array}} Shape
 */

/**
 * Whether anything is drawn over the image; a canvas with nothing on it is not laid over the image at all.
 * @param {Stage} stage
 * @param {boolean} isSeen
 */
export function show({ canvas }, isSeen) {
  canvas.style.visibility = isSeen ? "visible" : "hidden";
}

/**
 * Have a context draw in pixels of the image.
 * @param {CanvasRenderingContext2D} context
 * @param {Stage} stage
 */
export function inImage(context, stage) {
  const [corner, across, down] = [stage.toScreen(0, 0), stage.toScreen(1, 0), stage.toScreen(0, 1)];
  const by = stage.ratio;
  context.setTransform(
    by * (across.x - corner.x), by * (across.y - corner.y), by * (down.x - corner.x), by * (down.y - corner.y),
    by * corner.x, by * corner.y,
  );
}

/**
 * @param {CanvasRenderingContext2D} context in pixels of the image
 * @param {Stroke} stroke
 * @param {string} colour
 * @param {number} from the first point that is not drawn yet
 * @param {number} wider
 */
export function drawStroke(context, stroke, colour, from = 0, wider = 0) {
  context.globalCompositeOperation = stroke.mark ? "source-over" : "destination-out";
  context.strokeStyle = colour;
  context.lineWidth = Math.max(stroke.width, 1) + wider;
  context.lineCap = "round";
  context.lineJoin = "round";
  const points = stroke.points;
  const start = Math.max(0, from - 1);
  context.beginPath();
  if (points.length - start === 1) {
    // a line of no length is not drawn
    context.arc(points[start][0], points[start][1], context.lineWidth / 2, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
  } else {
    context.moveTo(points[start][0], points[start][1]);
    for (const [x, y] of points.slice(start + 1)) context.lineTo(x, y);
    context.stroke();
  }
  context.globalCompositeOperation = "source-over";
}

/**
 * Draw all that is drawn on a plane.
 * @param {Stage} stage
 * @param {Drawing} drawing
 * @param {number} plane
 * @param {(mark: number) => string} colourOf
 * @param {Shape | null} shape
 */
export function redraw(stage, drawing, plane, colourOf, shape) {
  const context = stage.canvas.getContext("2d");
  if (!context) return;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, stage.canvas.width, stage.canvas.height);
  const isSeen = drawing.strokes.length > 0 || drawing.box !== null || shape !== null;
  show(stage, isSeen);
  inImage(context, stage);
  // a light rim, as a stroke has the colour of the label that it leads to
  const rim = 3 / Math.abs(stage.toScreen(1, 0).x - stage.toScreen(0, 0).x);
  for (const stroke of drawing.strokes) {
    if (stroke.plane !== plane) continue;
    if (stroke.mark) drawStroke(context, stroke, "#ffffff", 0, rim);
    drawStroke(context, stroke, colourOf(stroke.mark), 0, stroke.mark ? 0 : rim);
  }
  if (drawing.box) drawBox(context, stage, drawing.box);
  if (shape && shape.plane === plane) drawShape(context, stage, shape);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Stage} stage
 * @param {readonly number[]} box
 */
export function drawBox(context, stage, [top, left, bottom, right]) {
  const [one, other] = [stage.toScreen(left, top), stage.toScreen(right, bottom)];
  context.save();
  context.setTransform(stage.ratio, 0, 0, stage.ratio, 0, 0);
  for (const [width, colour, dashes] of /** @type {[number, string, number[]][]} */ ([[3, "#000", []], [1.5, "#fff", [6, 4]]])) {
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.setLineDash(dashes);
    context.strokeRect(one.x, one.y, other.x - one.x, other.y - one.y);
  }
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Stage} stage
 * @param {Shape} shape
 */
function drawShape(context, stage, { box, step, width, height, inside }) {
  /** @param {number} row @param {number} column */
  const has = (row, column) => row >= 0 && column >= 0 && row < height && column < width && inside[row * width + column] > 0;
  const [top, left] = box;
  const outline = new Path2D();
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (!has(row, column)) continue;
      const [x, y] = [left + column * step, top + row * step];
      if (!has(row - 1, column)) line(outline, x, y, x + step, y);
      if (!has(row + 1, column)) line(outline, x, y + step, x + step, y + step);
      if (!has(row, column - 1)) line(outline, x, y, x, y + step);
      if (!has(row, column + 1)) line(outline, x + step, y, x + step, y + step);
    }
  }
  const one = Math.abs(stage.toScreen(1, 0).x - stage.toScreen(0, 0).x);
  context.lineCap = "square";
  for (const [pixels, colour] of /** @type {[number, string][]} */ ([[5, "#000"], [2.5, "#ffe14d"]])) {
    context.lineWidth = pixels / one;
    context.strokeStyle = colour;
    context.stroke(outline);
  }
}

/** @param {Path2D} path @param {number} x @param {number} y @param {number} toX @param {number} toY */
function line(path, x, y, toX, toY) {
  path.moveTo(x, y);
  path.lineTo(toX, toY);
}
