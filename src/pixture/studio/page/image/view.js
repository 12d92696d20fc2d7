// Where an image is on the screen: how large its pixels are, and which of them is in the corner.

/**
 * What others need to draw over the image and to know where a pointer is: `studio.shared.get("stage")`, null
 * where there is no image. `element` takes the pointer's events; where the tool is another than "pan", the image
 * panel leaves the first button alone, so that whoever draws may listen to `element`. (The wheel, two fingers,
 * the middle button and the first one with the space bar held move the image whatever the tool.) `canvas` lies
 * over the image, has the size of `element` times `ratio` in pixels, and nobody but the guide draws in it; it is
 * cleared by a change of its size, of which `onChange` tells as of every other change.
 * @typedef {object} Stage
 * @property {HTMLElement} element takes pointer and key events
 * @property {HTMLCanvasElement} canvas for strokes and boxes, above the image
 * @property {number} ratio pixels of `canvas` for one of the page
 * @property {View} view
 * @property {(x: number, y: number) => Point} toImage from pixels of the page, from the upper left corner of `element`
 * @property {(x: number, y: number) => Point} toScreen from pixels of the image to pixels of the page
 * @property {(event: {clientX: number, clientY: number}) => Point} at where in the image a pointer is, within a pixel too
 * @property {(listener: () => void) => () => void} onChange told when any of this changed; the function returned ends it
 */

/** @typedef {{x: number, y: number}} Point */

const LARGEST = 64;

export class View {
  constructor() {
    /** Pixels of the page for one of the image, across. */
    this.scale = 1;
    /** How much taller than wide a pixel is shown. */
    this.aspect = 1;
    /** Whether the first row is the lowest. */
    this.flipped = false;
    /** Where the upper left corner of the image is, in pixels of the page. */
    this.left = 0;
    this.top = 0;
    /** Size of the image, and of the window on it in pixels of the page. */
    this.columns = 0;
    this.rows = 0;
    this.width = 0;
    this.height = 0;
    /** Whether the whole image is shown, whatever the size of the window. */
    this.fitted = true;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
  }

  /**
   * @param {() => void} listener
   * @returns {() => void}
   */
  onChange(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  changed() {
    for (const listener of [...this.listeners]) listener();
  }

  /** Pixels of the page for one of the image, down. */
  get scaleY() {
    return this.scale * this.aspect;
  }

  /**
   * @param {number} x
   * @param {number} y
   * @returns {Point}
   */
  toImage(x, y) {
    const down = (y - this.top) / this.scaleY;
    return { x: (x - this.left) / this.scale, y: this.flipped ? this.rows - down : down };
  }

  /**
   * @param {number} x
   * @param {number} y
   * @returns {Point}
   */
  toScreen(x, y) {
    const down = this.flipped ? this.rows - y : y;
    return { x: this.left + x * this.scale, y: this.top + down * this.scaleY };
  }

  /**
   * Look at another image; the whole of it is shown.
   * @param {number} columns
   * @param {number} rows
   * @param {number} aspect
   * @param {boolean} flipped
   */
  of(columns, rows, aspect = 1, flipped = false) {
    Object.assign(this, { columns, rows, aspect, flipped });
    this.fit();
  }

  /**
   * The window on the image has another size.
   * @param {number} width
   * @param {number} height
   */
  resize(width, height) {
    const middle = this.toImage(this.width / 2, this.height / 2);
    const before = this.width > 0;
    Object.assign(this, { width, height });
    if (this.fitted || !before) this.fit();
    else this.centre(middle.x, middle.y);
  }

  /** The scale at which all of the image is seen. */
  get fitting() {
    if (!this.columns || !this.width) return 1;
    return Math.min(this.width / this.columns, this.height / (this.rows * this.aspect));
  }

  fit() {
    this.scale = this.fitting;
    this.fitted = true;
    this.left = (this.width - this.columns * this.scale) / 2;
    this.top = (this.height - this.rows * this.scaleY) / 2;
    this.changed();
  }

  /**
   * @param {number} x of the image
   * @param {number} y
   */
  centre(x, y) {
    const now = this.toScreen(x, y);
    this.move(this.width / 2 - now.x, this.height / 2 - now.y);
  }

  /**
   * @param {number} right in pixels of the page
   * @param {number} down
   */
  move(right, down) {
    this.fitted = false;
    this.left += right;
    this.top += down;
    this.keepInSight();
    this.changed();
  }

  /**
   * Show the image larger by a factor, around a point of the window.
   * @param {number} factor
   * @param {number} x
   * @param {number} y
   */
  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const least = Math.min(this.fitting / 2, 1);
    const scale = Math.min(Math.max(this.scale * factor, least), Math.max(LARGEST, this.fitting));
    const kept = scale / this.scale;
    this.scale = scale;
    this.fitted = false;
    this.left = x - (x - this.left) * kept;
    this.top = y - (y - this.top) * kept;
    this.keepInSight();
    this.changed();
  }

  /** A quarter of the window, at least, or of the image if that is smaller, stays filled by the image. */
  keepInSight() {
    const [wide, high] = [this.columns * this.scale, this.rows * this.scaleY];
    const [x, y] = [Math.min(wide, this.width) / 4, Math.min(high, this.height) / 4];
    this.left = Math.min(Math.max(this.left, x - wide), this.width - x);
    this.top = Math.min(Math.max(this.top, y - high), this.height - y);
  }

  /** What part of the image is seen: left, top, right, bottom in pixels of the image. */
  get seen() {
    const [one, other] = [this.toImage(0, 0), this.toImage(this.width, this.height)];
    return {
      left: Math.max(0, one.x),
      top: Math.max(0, Math.min(one.y, other.y)),
      right: Math.min(this.columns, other.x),
      bottom: Math.min(this.rows, Math.max(one.y, other.y)),
    };
  }
}
