// What every panel is given: the session's state, a way to ask the session, and what the panels share.
import { Observable } from "./observable.js";

/** @typedef {import("./model.js").Model} Model */

/**
 * An answer of the session: what it says, and its buffers.
 * @typedef {{says: Record<string, any>, buffers: ArrayBuffer[]}} Answer
 */

/** A question that the session refused; the message is its sentence. */
export class Refused extends Error {}

/**
 * What the panels share of how things are looked at; the session knows nothing of it.
 * layer: "image" | "labels" | "painted" | "boundaries" | "uncertainty" | "probability" | "regions" | "objects";
 * component: whose probability is shown; selected: the label that is highlighted, or null; hidden: labels that
 * are not shown; opacity: of the layer over the image; swipe: null, or the share of the width that shows the
 * image alone; plane: of a volume; at: null for what was found last, else the number of the step that is
 * shown (an index into `steps`); steps: every step of the last fit (see convergence/steps.js); pointer: null or
 * what is under it; tool: "pan" | "brush" | "erase" | "box"; mark: the class that the brush draws, from 1;
 * width: of the brush in pixels of the image; object: the object that is selected, or null; superpixel: the one whose
 * region is selected, from 1, or null; cut: the height at
 * which the tree of regions is cut; notice: a sentence for the bar at the top; connected: whether the session can
 * be asked; waits: what is said while it has not answered for long, else ""; stage: what others draw on over the image (image/view.js); crosshair: whether keys move one; threePlanes:
 * whether a volume is seen along all axes; shape: the object that is outlined; regionsOf, regionsMap, regionsCount: the
 * region of each superpixel, where these lie, how many regions there are; regionsPixels: how many pixels each has.
 */
const SHARED = {
  layer: "labels", component: 0, selected: null, hidden: [], opacity: 0.6, swipe: null, plane: 0, at: null,
  steps: [], pointer: null, tool: "pan", mark: 1, width: 12, object: null, superpixel: null, cut: null, theme: "auto", notice: "", connected: true,
  waits: "",
};

export class Studio {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    /** The session's state, part by part: image, choices, options, run, result, … */
    this.state = new Observable();
    /** What the panels share. */
    this.shared = new Observable(SHARED);
    /** @type {Map<number, {resolve: (answer: Answer) => void, reject: (reason: Error) => void}>} */
    this.waiting = new Map();
    /** Where it begins is by chance: a notebook may show a session twice, and both see all answers. */
    this.number = Math.floor(Math.random() * 2 ** 40);
    /** @type {Record<"step" | "frame", Set<(says: any, buffers: ArrayBuffer[]) => void>>} */
    this.told = { step: new Set(), frame: new Set() };
    this.receive = this.receive.bind(this);
    this.connected = this.connected.bind(this);
    this.waits = this.waits.bind(this);
    model.on("msg:custom", this.receive);
    model.on("connected", this.connected);
    model.on("waits", this.waits);
  }

  /**
   * Ask the session; the promise is broken by a `Refused` where it refuses.
   * @param {string} name
   * @param {Record<string, any>} says
   * @param {ArrayBuffer[]} buffers
   * @returns {Promise<Answer>}
   */
  ask(name, says = {}, buffers = []) {
    const id = ++this.number;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.model.send({ ...says, ask: name, id }, undefined, buffers);
    });
  }

  /**
   * Listen to steps or frames of a fit; the function returned ends it.
   * @param {"step" | "frame"} kind
   * @param {(says: any, buffers: ArrayBuffer[]) => void} listener
   */
  onTold(kind, listener) {
    this.told[kind].add(listener);
    return () => this.told[kind].delete(listener);
  }

  /** Say that the last frame is drawn: the next one is sent only then. */
  drawn() {
    this.model.send({ drawn: true });
  }

  /**
   * @param {any} message
   * @param {(DataView | ArrayBuffer)[]} given
   */
  receive(message, given = []) {
    const buffers = given.map(asBuffer);
    if (message.state) {
      for (const [name, value] of Object.entries(message.state)) this.state.set(name, value);
    } else if (message.answer !== undefined) {
      const asked = this.waiting.get(message.answer);
      this.waiting.delete(message.answer);
      if (message.error !== undefined) asked?.reject(new Refused(message.error));
      else asked?.resolve({ says: message, buffers });
    } else {
      for (const kind of /** @type {const} */ (["step", "frame"])) {
        if (message[kind]) for (const listener of this.told[kind]) listener(message[kind], buffers);
      }
    }
  }

  /**
   * Note that the connection is there, or lost: what was asked is not answered any more.
   * @param {boolean} there
   * @param {string} [reason]
   */
  connected(there, reason = "") {
    this.shared.set("connected", there);
    if (there) return;
    const sentence = reason || "The connection to pixture is lost; is it still running?";
    this.shared.set("notice", sentence);
    for (const { reject } of this.waiting.values()) reject(new Refused(sentence));
    this.waiting.clear();
  }

  /** @param {string} sentence why no answer comes; empty when one has come */
  waits(sentence) {
    this.shared.set("waits", sentence);
  }

  destroy() {
    this.model.off("msg:custom", this.receive);
    this.model.off("connected", this.connected);
    this.model.off("waits", this.waits);
  }
}

/**
 * Return a buffer of its own: hosts give views into larger ones.
 * @param {DataView | ArrayBuffer} given
 * @returns {ArrayBuffer}
 */
function asBuffer(given) {
  if (given instanceof ArrayBuffer) return given;
  if (given.byteOffset === 0 && given.byteLength === given.buffer.byteLength) {
    return /** @type {ArrayBuffer} */ (given.buffer);
  }
  return /** @type {ArrayBuffer} */ (
    given.buffer.slice(given.byteOffset, given.byteOffset + given.byteLength)
  );
}
