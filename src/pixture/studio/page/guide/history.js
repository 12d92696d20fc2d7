// What is drawn, and the way back and forth through it. What was drawn once never changes.

/**
 * A stroke of a round brush; mark 0 takes away. Points are x, y in pixels of the image.
 * @typedef {{mark: number, width: number, points: [number, number][], plane: number}} Stroke
 * @typedef {[number, number, number, number]} Box top, left, bottom, right
 * @typedef {{strokes: readonly Stroke[], box: Box | null}} Drawing
 */

/** @type {Drawing} */
export const NOTHING = { strokes: [], box: null };

const MOST = 500;

export class History {
  constructor() {
    /** @type {Drawing[]} */
    this.states = [NOTHING];
    this.at = 0;
  }

  get now() {
    return this.states[this.at];
  }

  get canUndo() {
    return this.at > 0;
  }

  get canRedo() {
    return this.at < this.states.length - 1;
  }

  /** @param {Drawing} drawing */
  add(drawing) {
    this.states.splice(this.at + 1, Infinity, drawing);
    if (this.states.length > MOST) this.states.shift();
    this.at = this.states.length - 1;
  }

  undo() {
    if (this.canUndo) this.at--;
  }

  redo() {
    if (this.canRedo) this.at++;
  }

  /**
   * Begin anew with something that is drawn already.
   * @param {Drawing} drawing
   */
  restart(drawing) {
    this.states = [drawing];
    this.at = 0;
  }
}
