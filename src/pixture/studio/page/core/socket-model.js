// A model over one WebSocket: what a notebook's host gives, where there is no notebook.
// A message without buffers is a text frame of JSON; one with buffers is a binary frame: the length of the JSON
// (4 bytes, little endian), the JSON, whose "_lengths" say how long each buffer is, and the buffers.

/** @typedef {import("./model.js").Model} Model */

const RETRY = 1000;
const BUSY = 10000; // the server has no room for us now: 1013
const UNWANTED = [1007, 1008, 1009]; // what we said was wrong, and would be again
const MOST_UNSENT = 100;

/** @implements {Model} */
export class SocketModel {
  /** @param {string} address */
  constructor(address) {
    this.address = address;
    /** @type {Map<string, Set<(...args: any[]) => void>>} */
    this.listeners = new Map();
    /** @type {(string | ArrayBuffer)[]} */
    this.unsent = [];
    this.closed = false;
    this.connect();
  }

  connect() {
    const socket = new WebSocket(this.address);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.emit("connected", true);
      for (const message of this.unsent.splice(0)) socket.send(message);
    };
    socket.onmessage = ({ data }) => {
      const [content, buffers] = typeof data === "string" ? [JSON.parse(data), []] : unpacked(data);
      this.emit("msg:custom", content, buffers);
    };
    socket.onclose = ({ code, reason }) => {
      if (this.closed) return;
      this.unsent.length = 0; // what was asked is refused to whoever asked
      this.emit("connected", false, reason);
      if (!UNWANTED.includes(code)) setTimeout(() => this.connect(), code === 1013 ? BUSY : RETRY);
    };
    this.socket = socket;
  }

  /** @param {string} name @returns {any} */
  get(name) {
    return undefined;
  }

  /** @param {string} name @param {any} value */
  set(name, value) {}

  save_changes() {}

  /** @param {string} event @param {(...args: any[]) => void} callback */
  on(event, callback) {
    let those = this.listeners.get(event);
    if (!those) this.listeners.set(event, (those = new Set()));
    those.add(callback);
  }

  /** @param {string} event @param {(...args: any[]) => void} [callback] */
  off(event, callback) {
    if (callback) this.listeners.get(event)?.delete(callback);
    else this.listeners.delete(event);
  }

  /** @param {any} content @param {any} [_] @param {ArrayBuffer[]} [buffers] */
  send(content, _, buffers = []) {
    const message = buffers.length ? packed(content, buffers) : JSON.stringify(content);
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(message);
    else if (this.unsent.length < MOST_UNSENT) this.unsent.push(message);
  }

  /** @param {number} number @param {number} file */
  addressOf(number, file) {
    const session = new URL(this.address).searchParams.get("session");
    return `/output?${new URLSearchParams({ session: String(session), number: String(number), file: String(file) })}`;
  }

  close() {
    this.closed = true;
    this.socket?.close();
  }

  /** @param {string} event @param {...any} args */
  emit(event, ...args) {
    for (const listener of this.listeners.get(event) ?? []) listener(...args);
  }
}

/**
 * @param {any} content
 * @param {ArrayBuffer[]} buffers
 * @returns {ArrayBuffer}
 */
export function packed(content, buffers) {
  const lengths = buffers.map((buffer) => buffer.byteLength);
  const text = new TextEncoder().encode(JSON.stringify({ ...content, _lengths: lengths }));
  const whole = new Uint8Array(4 + text.length + lengths.reduce((sum, length) => sum + length, 0));
  new DataView(whole.buffer).setUint32(0, text.length, true);
  whole.set(text, 4);
  let at = 4 + text.length;
  for (const buffer of buffers) {
    whole.set(new Uint8Array(buffer), at);
    at += buffer.byteLength;
  }
  return whole.buffer;
}

/**
 * @param {ArrayBuffer} whole
 * @returns {[any, ArrayBuffer[]]}
 */
export function unpacked(whole) {
  const length = new DataView(whole).getUint32(0, true);
  const content = JSON.parse(new TextDecoder().decode(new Uint8Array(whole, 4, length)));
  let at = 4 + length;
  const buffers = content._lengths.map((/** @type {number} */ size) => whole.slice(at, (at += size)));
  return [content, buffers];
}
