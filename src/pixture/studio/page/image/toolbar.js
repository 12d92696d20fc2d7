// The bar over the image: which layer lies over it, and how opaque.
import { button, made } from "../core/elements.js";

/** @typedef {import("../core/studio.js").Studio} Studio */

/** @type {[string, string, string][]} */
const LAYERS = [
  ["image", "Image", "The image alone"],
  ["labels", "Labels", "The component of each pixel, by colour"],
  ["painted", "Painted", "Each pixel in the mean colour of its component"],
  ["boundaries", "Boundaries", "Lines where one component ends and another begins"],
  ["uncertainty", "Uncertainty", "How unsure the label of each pixel is: dark is certain, light is not (entropy)"],
  ["probability", "Probability", "How probable one component is at each pixel"],
  ["regions", "Regions", "Connected parts, once they are found (Measure)"],
  ["objects", "Objects", "Objects of the foreground, once they are measured (Measure)"],
];
const OF_LABELS = ["labels", "painted", "boundaries"];
const OF_RESULT = [...OF_LABELS, "uncertainty", "probability"];

let count = 0;

/**
 * @param {Studio} studio
 * @param {import("./look.js").Look} look
 * @param {{planes: () => void, crosshair: () => void}} told
 * @returns {{element: HTMLElement, show: () => void}}
 */
export function toolbar(studio, look, told) {
  const { shared, state } = studio;
  const name = `px-layer-${++count}`;
  const radios = LAYERS.map(([layer, words, help]) => {
    const input = made("input", { type: "radio", name, value: layer, class: "px-unseen", onchange: () => shared.set("layer", layer) });
    return { layer, input, label: made("label", { class: "px-layer", title: help }, input, made("span", {}, words)) };
  });
  const component = made("select", { class: "px-select", "aria-label": "Component whose probability is shown", onchange: () => shared.set("component", Number(component.value)) });
  const compute = button("Compute", find, { title: "The image is larger than memory: this layer takes a pass through all of it" });
  const opacity = made("input", { type: "range", min: 0, max: 100, class: "px-opacity", "aria-label": "Opacity of the layer", oninput: () => shared.set("opacity", Number(opacity.value) / 100) });
  const swipe = toggle("Swipe", "A divider: left of it the image alone, right of it the layer", () => shared.set("swipe", shared.get("swipe") === null ? 0.5 : null));
  const crosshair = toggle("Crosshair", "Look at one pixel after the other by arrow keys (C)", told.crosshair);
  const planes = toggle("3 planes", "Planes across all three axes, side by side; a click puts the crosshair there", told.planes);
  const layers = made("div", { class: "px-layers", role: "radiogroup", "aria-label": "Layer over the image" }, ...radios.map(({ label }) => label));
  const element = made(
    "div", { class: "px-toolbar", role: "group", "aria-label": "How the image is shown" },
    layers, component, compute,
    made("label", { class: "px-opacity-of", title: "Opacity of the layer" }, made("span", { "aria-hidden": "true" }, "Opacity"), opacity),
    swipe, crosshair, planes,
  );

  async function find() {
    try {
      await studio.ask("find-map", { layer: shared.get("layer"), component: look.component });
    } catch (refused) {
      shared.set("notice", /** @type {Error} */ (refused).message);
    }
  }

  /** The names in the list of components. */
  let offered = "";

  function show() {
    const layer = shared.get("layer");
    const there = new Set(["image"]);
    if (state.get("result") || state.get("run")?.status === "running") {
      for (const one of OF_RESULT) there.add(one);
    }
    for (const one of ["regions", "objects"]) if (state.get(one)?.version !== undefined) there.add(one);
    for (const one of radios) {
      one.input.checked = one.layer === layer;
      one.input.disabled = !there.has(one.layer) && one.layer !== layer;
      one.label.classList.toggle("px-absent", one.input.disabled);
    }
    const components = state.get("result")?.components ?? [];
    compute.hidden = !look.missingMap;
    compute.disabled = state.get("run")?.status === "running";
    component.hidden = layer !== "probability" || !components.length;
    const names = components.map((/** @type {any} */ one) => one.name || `label ${one.label}`);
    if (names.join("\n") !== offered) { // options that are made anew close a list that is open
      component.replaceChildren(...names.map((/** @type {string} */ name, /** @type {number} */ at) => made("option", { value: components[at].label }, name)));
      offered = names.join("\n");
    }
    component.value = String(Math.min(shared.get("component"), components.length - 1));
    opacity.value = String(Math.round(100 * shared.get("opacity")));
    opacity.setAttribute("aria-valuetext", `${opacity.value} %`);
    opacity.disabled = layer === "image" || layer === "boundaries";
    swipe.disabled = layer === "image";
    swipe.setAttribute("aria-pressed", String(shared.get("swipe") !== null));
    crosshair.setAttribute("aria-pressed", String(shared.get("crosshair") != null));
    planes.hidden = !state.get("image")?.axes.includes("z");
    planes.setAttribute("aria-pressed", String(Boolean(shared.get("threePlanes"))));
  }
  show();
  return { element, show };
}

/**
 * @param {string} words
 * @param {string} title
 * @param {() => unknown} pressed
 */
const toggle = (words, title, pressed) => button(words, pressed, { title, "aria-pressed": "false", class: "px-button px-toggle" });

/**
 * Buttons that zoom, on the picture.
 * @param {{fit: () => void, whole: () => void, zoom: (factor: number) => void}} told
 */
export function zoomButtons(told) {
  return made(
    "div", { class: "px-zoom", role: "group", "aria-label": "Zoom" },
    button("+", () => told.zoom(1.25), { "aria-label": "Zoom in", title: "Zoom in (+)" }),
    button("−", () => told.zoom(0.8), { "aria-label": "Zoom out", title: "Zoom out (−)" }),
    button("Fit", told.fit, { title: "The whole image (F)" }),
    button("100 %", told.whole, { title: "A pixel of the image for one of the screen (0)" }),
  );
}
