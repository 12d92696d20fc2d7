// Moving about in a picture: by pointer, wheel, two fingers, and keys.

/** @typedef {import("./picture.js").Picture} Picture */

/**
 * Whom gestures tell, and what they ask. A place is in pixels of the plane that the picture shows.
 * @typedef {object} Told
 * @property {() => string} tool
 * @property {(place: import("./view.js").Point) => void} clicked
 * @property {(place: import("./view.js").Point | null) => void} pointed null where the pointer has left
 * @property {(right: number, down: number) => boolean} stepped whether arrow keys move something else than the image
 * @property {(key: string, event: KeyboardEvent) => boolean} pressed whether another key meant something
 */

const A_CLICK = 4;
/** Milliseconds within which a second click at a place belongs to the first: it does not undo it. */
const TWICE = 350;
const A_STEP = 60;
const ZOOM = 1.25;

/**
 * @param {Picture} picture
 * @param {Told} told
 * @returns {() => void} ends it
 */
export function gestures(picture, told) {
  const { element, view } = picture;
  /** Pointers that are down, and where they are. @type {Map<number, {x: number, y: number}>} */
  const down = new Map();
  let moved = 0;
  let isPanning = false;
  let hasSpace = false;
  let last = { x: 0, y: 0, at: -TWICE };

  /** @param {{clientX: number, clientY: number}} event */
  function place({ clientX, clientY }) {
    const { left, top } = element.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  /** @param {PointerEvent} event */
  function press(event) {
    if (!(event.target instanceof HTMLCanvasElement) && event.target !== element) return; // a control on it
    down.set(event.pointerId, place(event));
    if (event.pointerType === "touch") told.pointed(picture.at(event)); // which moves nowhere before
    if (down.size === 1) {
      moved = 0;
      isPanning = told.tool() === "pan" ? event.button <= 1 : event.button === 1 || hasSpace;
      if (event.button === 1) event.preventDefault();
    } else isPanning = true; // two fingers, whatever the tool
    if (isPanning) element.setPointerCapture(event.pointerId);
    element.classList.toggle("px-panning", isPanning);
  }

  /** @param {PointerEvent} event */
  function move(event) {
    const before = down.get(event.pointerId);
    if (!before) return told.pointed(picture.at(event));
    const now = place(event);
    down.set(event.pointerId, now);
    if (!isPanning) return told.pointed(picture.at(event));
    if (down.size === 1) {
      moved += Math.hypot(now.x - before.x, now.y - before.y);
      if (moved >= A_CLICK) view.move(now.x - before.x, now.y - before.y);
      return;
    }
    moved = Infinity;
    const [other] = [...down].filter(([id]) => id !== event.pointerId).map(([, where]) => where);
    const [was, is] = [before, now].map(({ x, y }) => ({ length: Math.hypot(x - other.x, y - other.y) || 1, x: (x + other.x) / 2, y: (y + other.y) / 2 }));
    view.move(is.x - was.x, is.y - was.y);
    view.zoom(is.length / was.length, is.x, is.y);
  }

  /** @param {PointerEvent} event */
  function release(event) {
    if (!down.delete(event.pointerId)) return;
    if (down.size) return;
    const clicked = isPanning && moved < A_CLICK && event.button === 0 && event.type === "pointerup";
    isPanning = false;
    element.classList.remove("px-panning");
    if (!clicked || told.tool() !== "pan") return;
    const { x, y } = place(event);
    const isSecond = event.timeStamp - last.at < TWICE && Math.hypot(x - last.x, y - last.y) < A_CLICK;
    last = { x, y, at: event.timeStamp };
    if (!isSecond) told.clicked(picture.at(event));
  }

  /** @param {WheelEvent} event */
  function wheel(event) {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 24 : event.deltaMode === 2 ? 300 : 1;
    const speed = event.ctrlKey ? 0.01 : 0.002; // a pinch on a touchpad comes as a wheel with Ctrl
    const { x, y } = place(event);
    if (event.shiftKey) view.move(-(event.deltaX || event.deltaY) * unit, 0);
    else view.zoom(Math.exp(-Math.max(-400, Math.min(400, event.deltaY * unit)) * speed), x, y);
  }

  const arrows = /** @type {Record<string, number[]>} */ ({
    ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
  });

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (event.target !== element || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " ") hasSpace = true;
    const arrow = arrows[event.key];
    if (arrow) {
      const by = event.shiftKey ? 10 : 1;
      const along = view.flipped ? -arrow[1] : arrow[1];
      if (!told.stepped(arrow[0] * by, along * by)) view.move(-arrow[0] * A_STEP, -arrow[1] * A_STEP);
    } else if (event.key === "+" || event.key === "=") view.zoom(ZOOM);
    else if (event.key === "-") view.zoom(1 / ZOOM);
    else if (event.key === "f") view.fit();
    else if (event.key === "0") view.zoom(1 / picture.ratio / view.scale);
    else if (event.key !== " " && !told.pressed(event.key, event)) return;
    event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  function lift(event) {
    if (event.key === " ") hasSpace = false;
  }

  /** @param {PointerEvent} event */
  function leave({ pointerType }) {
    if (pointerType !== "touch") told.pointed(null); // a finger that is lifted leaves what it pointed at to be read
  }

  /** The key may be let go elsewhere. */
  const blur = () => (hasSpace = false);
  const listeners = /** @type {[string, any, any?][]} */ ([
    ["pointerdown", press], ["pointermove", move], ["pointerup", release], ["pointercancel", release],
    ["pointerleave", leave], ["wheel", wheel, { passive: false }], ["keydown", key], ["keyup", lift], ["blur", blur],
  ]);
  for (const [name, listener, how] of listeners) element.addEventListener(name, listener, how);
  return () => {
    for (const [name, listener] of listeners) element.removeEventListener(name, listener);
  };
}
