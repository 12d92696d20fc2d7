// The image: what it looks like, what lies over it, and what is known of each of its pixels.
import { made } from "../core/elements.js";
import { bringIntoSight, crosshair } from "./crosshair.js";
import { empty } from "./drop.js";
import { gestures } from "./gestures.js";
import { Live } from "./live.js";
import { Look } from "./look.js";
import { Picture } from "./picture.js";
import { further, placeAt, pointOf } from "./places.js";
import { planes } from "./planes.js";
import { Readout } from "./readout.js";
import { scaleBar } from "./scale-bar.js";
import { swipe } from "./swipe.js";
import { toolbar, zoomButtons } from "./toolbar.js";

/** @typedef {import("./look.js").Plane} Plane */
/** @typedef {import("./readout.js").Place} Place */

const WORDS = {
  z: "Image. Arrow keys move it, plus and minus zoom, F shows all of it, 0 shows its pixels, C looks at single pixels, Enter selects the class, object or region of the pixel, Escape lets go of it, Page Up and Page Down change the plane.",
  y: "Coronal plane. Arrow keys move the crosshair.",
  x: "Sagittal plane. Arrow keys move the crosshair.",
};

/**
 * @param {import("../core/studio.js").Studio} studio
 * @returns {import("../core/layout.js").Panel}
 */
export function imagePanel(studio) {
  const { shared, state } = studio;
  /** Pictures, the first of planes across z; the others are there where three planes are looked at. @type {Picture[]} */
  const pictures = [];
  /** @type {(() => void)[]} */
  const ofSides = [];
  let selects = 0;
  const live = new Live(studio, () => redraw());
  const look = new Look(studio, live);
  const readout = new Readout(studio, look);
  const main = new Picture(studio, look, () => planeOf("z"), WORDS.z);
  live.forgotten = (tile) => main.renderer.forget(tile);
  const divider = swipe(studio, main.element);
  const scale = scaleBar(main.view, () => ({
    size: look.image ? look.shapeOf("z").size : 0, unit: look.image?.unit ?? null, isKnown: Boolean(look.image?.has_units),
  }));
  main.element.append(scale.element);
  const slider = planes(studio, look);
  main.element.append(zoomButtons({
    fit: () => pictures.forEach(({ view }) => view.fit()),
    whole: () => main.view.zoom(1 / main.ratio / main.view.scale),
    zoom: (factor) => pictures.forEach(({ view }) => view.zoom(factor)),
  }));
  const bar = toolbar(studio, look, {
    planes: () => shared.set("threePlanes", !shared.get("threePlanes")),
    crosshair: () => look.image && shared.set("crosshair", shared.get("crosshair") ? null : middle()),
  });
  const stages = made("div", { class: "px-stages" }, main.element);
  const invitation = empty(studio);
  const element = made(
    "section", { class: "px-image", "aria-label": "Image", "data-empty": "true" },
    bar.element, stages, invitation, slider.element, readout.element,
  );

  /** @param {Plane["axis"]} axis @returns {Plane} */
  function planeOf(axis) {
    const plane = shared.get("plane");
    if (axis === "z") return { axis, index: plane, time: 0 };
    const { x, y } = shared.get("crosshair") ?? middle();
    return { axis, index: Math.floor(axis === "y" ? y : x), time: Math.floor(plane / look.depth) };
  }

  /** The middle of what is seen of the image. */
  function middle() {
    const { left, top, right, bottom } = main.view.seen;
    return { x: Math.floor((left + right) / 2) + 0.5, y: Math.floor((top + bottom) / 2) + 0.5 };
  }

  /** The place at the crosshair; null where there is none. @returns {Place | null} */
  function crossed() {
    const at = shared.get("crosshair");
    return at && look.image ? { x: Math.floor(at.x), y: Math.floor(at.y), plane: shared.get("plane") } : null;
  }

  /** @param {Place} place @param {Picture | null} within */
  function cross(place, within = null) {
    shared.set("crosshair", { x: place.x + 0.5, y: place.y + 0.5 });
    shared.set("plane", place.plane);
    if (within) bringIntoSight(within.view, pointOf(look, within.plane().axis, place));
    readout.point(place, true);
  }

  /** @param {Picture} picture */
  function attach(picture) {
    const { axis } = picture.plane();
    const showCross = crosshair(picture, () => {
      const place = crossed();
      return place && pointOf(look, axis, place);
    });
    pictures.push(picture);
    const offs = [
      picture.view.onChange(showCross),
      shared.on(["crosshair", "plane"], showCross),
      gestures(picture, {
        tool: () => (axis === "z" ? shared.get("tool") : "pan"),
        clicked: (point) => {
          const place = look.image && placeAt(look, picture.plane(), point);
          if (place) clicked(place);
        },
        pointed: (point) => {
          const place = point && look.image ? placeAt(look, picture.plane(), point) : null;
          readout.point(place ?? crossed());
        },
        stepped: (right, down) => {
          const place = crossed();
          if (!place) return false;
          cross(further(look, picture.plane(), place, right, down), picture);
          return true;
        },
        pressed,
      }),
    ];
    return () => {
      offs.forEach((off) => off());
      pictures.splice(pictures.indexOf(picture), 1);
      picture.element.remove();
      picture.end();
    };
  }

  /**
   * A click puts the crosshair on a pixel, where there is one, or selects the pixel's label; an object or a region it
   * selects in any case.
   * @param {Place} place
   */
  function clicked(place) {
    if (shared.get("crosshair")) cross(place);
    if (!shared.get("crosshair") || ["regions", "objects"].includes(shared.get("layer"))) select(place);
  }

  /** Select the object or the region at a place, where these are shown, else its label. @param {Place} place */
  async function select(place) {
    const number = ++selects;
    const layer = shared.get("layer");
    try {
      const { says } = await studio.ask("pixel", place);
      if (number !== selects || layer !== shared.get("layer")) return; // another place is asked about meanwhile
      if (layer === "objects") shared.set("object", says.object || null);
      else if (layer === "regions") shared.set("superpixel", says.superpixel || null);
      else shared.set("selected", says.label === shared.get("selected") ? null : says.label ?? null);
    } catch (refused) {
      shared.set("notice", /** @type {Error} */ (refused).message);
    }
  }

  /** Let go of what is selected; whether something was. */
  function letGo() {
    const name = { objects: "object", regions: "superpixel" }[/** @type {string} */ (shared.get("layer"))] ?? "selected";
    const was = shared.get(name) !== null;
    shared.set(name, null);
    return was;
  }

  /** @param {string} key */
  function pressed(key) {
    if (key === "c") shared.set("crosshair", shared.get("crosshair") ? null : middle());
    else if (key === "PageUp" || key === "PageDown") slider.step(key === "PageUp" ? 1 : -1);
    else if (key === "Escape") {
      if (!letGo()) shared.set("crosshair", null);
    } else if (key === "Enter" && shared.get("tool") === "pan") {
      const place = crossed();
      if (place) select(place);
    } else return false;
    return true;
  }

  function redraw() {
    for (const picture of pictures) picture.redraw();
    if (!main.view.width) live.drawn(); // nobody sees the panel
  }

  function showSides() {
    const wanted = Boolean(shared.get("threePlanes")) && Boolean(look.image?.axes.includes("z"));
    stages.classList.toggle("px-three", wanted);
    if (!wanted) ofSides.splice(0).forEach((end) => end());
    else if (!ofSides.length) {
      if (!shared.get("crosshair")) shared.set("crosshair", middle());
      for (const axis of /** @type {const} */ (["y", "x"])) {
        const side = new Picture(studio, look, () => planeOf(axis), WORDS[axis]);
        side.element.append(made("span", { class: "px-plane-name", "aria-hidden": "true" }, axis === "y" ? "Coronal" : "Sagittal"));
        ofSides.push(attach(side));
        stages.append(side.element);
        side.reset();
      }
    }
  }

  /** @param {any} image */
  function opened(image) {
    element.dataset.empty = String(!image);
    shared.set("crosshair", null);
    shared.set("selected", null);
    shared.set("superpixel", null);
    shared.set("hidden", []);
    shared.set("threePlanes", false);
    shared.set("plane", image ? Math.floor(image.planes / 2) : 0);
    if (["regions", "objects"].includes(shared.get("layer"))) shared.set("layer", "labels");
    readout.point(null);
    for (const picture of pictures) picture.reset();
    shared.set("stage", image ? main.stage : null);
  }

  const ends = [attach(main)];
  let number = -1;
  const show = () => {
    bar.show();
    divider.show();
    slider.show();
    scale.show();
    redraw();
  };
  const offs = [
    main.onDrawn(() => live.drawn()),
    main.view.onChange(scale.show),
    state.on("image", (image) => {
      const same = image && image.number === number; // the same state may be told again
      number = image ? image.number : -1;
      if (!same) opened(image);
      show();
    }),
    state.on("result", () => readout.again()),
    state.on(["result", "run", "palette", "regions", "objects"], show),
    shared.on(["layer", "component", "opacity", "swipe", "selected", "hidden", "object", "superpixel", "regionsOf", "crosshair"], show),
    shared.on(["layer", "object", "superpixel", "regionsOf"], () => readout.refresh()),
    state.on(["regions", "objects"], () => readout.again()),
    shared.on("plane", () => {
      show();
      readout.again();
    }),
    shared.on("threePlanes", () => {
      showSides();
      show();
    }),
    shared.on("crosshair", () => {
      const place = crossed();
      if (place) readout.point(place, true);
    }),
    shared.on("connected", (connected) => connected && pictures.forEach(({ store }) => store.again())),
  ];
  return {
    element,
    end: () => {
      offs.forEach((off) => off());
      ofSides.splice(0).forEach((end) => end());
      ends.forEach((end) => end());
      live.end();
      shared.set("stage", null);
    },
  };
}
