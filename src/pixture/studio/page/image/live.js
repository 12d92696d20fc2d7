// Labels that come from elsewhere than tiles: frames of a fit while it runs, and of a step that is looked back at.

/** @typedef {import("../core/studio.js").Studio} Studio */
/** @typedef {import("./tiles.js").Tile} Tile */

export class Live {
  /**
   * @param {Studio} studio
   * @param {() => void} changed
   */
  constructor(studio, changed) {
    this.studio = studio;
    this.changed = changed;
    /** The last frame of a fit, and the run that it is of. @type {{tile: Tile, run: number, image: number} | null} */
    this.frame = null;
    /** The labels of the step that is looked at. @type {{tile: Tile, at: number, image: number} | null} */
    this.step = null;
    /** Means of the components of what is shown; null where they are those of the result. @type {number[][] | null} */
    this.means = null;
    /** @type {number[][] | null} */
    this.meansOfFit = null;
    this.isAsking = false;
    this.undrawn = false;
    this.offs = [
      studio.onTold("step", (says, buffers) => (this.meansOfFit = rowsOf(says, buffers[1]))),
      studio.onTold("frame", (says, buffers) => this.told(says, buffers)),
      studio.shared.on("at", () => this.seek()),
      studio.state.on(["run", "result", "image"], () => this.settle()),
    ];
  }

  /** What is drawn in place of the result's labels, of the plane in the middle; null where that is the result. */
  get instead() {
    if (this.studio.shared.get("at") !== null) return this.step?.tile ?? null;
    return this.isFitting ? this.frame?.tile ?? null : null;
  }

  /** What is drawn until the result's own tiles are there. */
  get until() {
    const run = this.studio.state.get("result")?.run;
    return this.frame && this.frame.run === run ? this.frame.tile : null;
  }

  get isFitting() {
    const run = this.studio.state.get("run");
    return this.frame !== null && run?.status === "running" && this.frame.run === run.number;
  }

  /**
   * @param {any} says
   * @param {ArrayBuffer[]} buffers
   */
  told(says, buffers) {
    const image = this.studio.state.get("image");
    this.undrawn = true;
    if (image) {
      this.drop(this.frame?.tile);
      this.frame = { tile: tileOf(says, buffers[0], image), run: says.run, image: image.number };
      if (this.studio.shared.get("at") === null) this.means = this.meansOfFit;
    }
    this.changed();
    if (document.hidden) this.drawn(); // nothing is drawn in a page that nobody sees
  }

  /** Say that the last frame is drawn. */
  drawn() {
    if (!this.undrawn) return;
    this.undrawn = false;
    this.studio.drawn();
  }

  /** The labels of another step are looked at: they are asked for, one after the other, and the latest wins. */
  async seek() {
    const { shared, state } = this.studio;
    if (shared.get("at") === null) this.settle();
    if (this.isAsking || shared.get("at") === null) return;
    this.isAsking = true;
    try {
      while (shared.get("at") !== null) {
        const at = shared.get("at");
        const image = state.get("image");
        const { says, buffers } = await this.studio.ask("labels-at", { at });
        if (state.get("image") !== image) break;
        this.drop(this.step?.tile);
        this.step = { tile: tileOf(says, buffers[0], image), at, image: image.number };
        this.means = meansOf(shared.get("steps")?.[at], state.get("result"));
        this.changed();
        if (shared.get("at") === at) break;
      }
    } catch {
      this.step = null; // the session says elsewhere why there is none: the result is shown
    } finally {
      this.isAsking = false;
    }
    if (shared.get("at") === null) this.settle();
    else if (this.step && shared.get("at") !== this.step.at) this.seek();
  }

  /** What is no longer shown is forgotten. */
  settle() {
    const number = this.studio.state.get("image")?.number;
    if (this.frame && this.frame.image !== number) this.drop(this.frame.tile, "frame");
    if (this.step && (this.step.image !== number || this.studio.shared.get("at") === null)) this.drop(this.step.tile, "step");
    if (!this.isFitting && this.studio.shared.get("at") === null) this.means = null;
    this.changed();
  }

  /**
   * @param {Tile | undefined} tile
   * @param {"frame" | "step" | null} name
   */
  drop(tile, name = null) {
    if (tile) this.forgotten(tile);
    if (name) this[name] = null;
  }

  /** Called with a tile that is not drawn again; set by who draws. @param {Tile} tile */
  forgotten(tile) {}

  end() {
    this.offs.forEach((off) => off());
    this.drawn();
  }
}

/**
 * @param {any} says
 * @param {ArrayBuffer} buffer
 * @param {any} image
 * @returns {Tile}
 */
function tileOf({ width, height }, buffer, image) {
  return { left: 0, top: 0, step: image.seen.step, width, height, bytes: 1, data: new Uint8Array(buffer) };
}

/**
 * @param {any} says
 * @param {ArrayBuffer | undefined} buffer
 * @returns {number[][] | null}
 */
function rowsOf({ components, channels }, buffer) {
  if (!buffer) return null;
  const all = new Float32Array(buffer);
  return Array.from({ length: components }, (_, at) => [...all.subarray(at * channels, (at + 1) * channels)]);
}

/**
 * The mean of each label under a step's mixture; null where labels are not components.
 * @param {import("../convergence/steps.js").Step | undefined} step
 * @param {any} result
 * @returns {number[][] | null}
 */
function meansOf(step, result) {
  if (!step || result?.groups.length) return null;
  const rows = rowsOf({ components: step.numbers.length, channels: step.channels }, step.means.slice().buffer);
  /** @type {number[][]} */
  const found = [];
  step.numbers.forEach((label, at) => (found[label] = rows?.[at] ?? []));
  return Array.from(found, (row) => row ?? Array(step.channels).fill(0));
}
