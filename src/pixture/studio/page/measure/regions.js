// Regions: the tree of merges is cut here, at once, by a slider.
import { button, made, newId } from "../core/elements.js";
import { percent } from "../core/numbers.js";
import { detailOf, heightOf, Tree } from "./tree.js";

const STEPS = 1000;

/**
 * @param {import("../core/studio.js").Studio} studio
 * @returns {import("../core/layout.js").Panel}
 */
export function regionsPart(studio) {
  const { shared, state } = studio;
  /** @type {Tree | null} */
  let tree = null;
  /** How many pixels each superpixel has. */
  let pixels = new Float64Array(0);
  let number = 0;
  const find = button("Find regions", () => ask(), { disabled: true });
  const slider = made("input", { type: "range", min: 0, max: STEPS, value: STEPS / 2, id: newId("detail"), oninput: () => byDetail() });
  const count = made("input", { type: "number", class: "px-field px-number", min: 1, id: newId("regions"), onchange: () => byNumber() });
  const of = made("span", { class: "px-quiet" });
  const wrong = made("p", { class: "px-wrong", role: "alert", hidden: true });
  const says = made("p", { class: "px-says", role: "status", "aria-live": "polite" });
  const controls = made(
    "div", { hidden: true },
    made("div", { class: "px-row" }, made("label", { for: slider.id }, "Detail"), slider),
    made("div", { class: "px-row" }, made("label", { for: count.id }, "Regions"), count, of),
    says,
  );
  const element = made(
    "section", { class: "px-part", "aria-label": "Regions" },
    made("h3", {}, "Regions"),
    made("p", { class: "px-quiet" }, "What a person would outline: connected parts of the image, from one tree of merges. The slider divides regions or joins them; outlines stay where they are."),
    made("div", { class: "px-row" }, find), controls, wrong,
  );

  async function ask() {
    wrong.hidden = true;
    try {
      await studio.ask("regions");
    } catch (refused) {
      say(/** @type {Error} */ (refused).message);
    }
  }

  /** @param {string} sentence */
  function say(sentence) {
    wrong.textContent = sentence;
    wrong.hidden = false;
  }

  /** @param {any} regions */
  async function fetchTree(regions) {
    try {
      const { says, buffers } = await studio.ask("regions-map", { plane: 0 });
      if (says.number !== state.get("regions")?.number) return;
      tree = new Tree(new Int32Array(buffers[1]), new Float64Array(buffers[2]), says.leaves);
      pixels = new Float64Array(buffers[3]).subarray(0, says.leaves);
      const superpixels = says.bytes === 2 ? new Uint16Array(buffers[0]) : new Uint32Array(buffers[0]);
      shared.set("regionsMap", { number: says.number, width: says.width, height: says.height, step: says.step, superpixels });
      count.max = String(tree.leaves);
      count.min = String(tree.roots);
      of.textContent = `of ${tree.leaves.toLocaleString("en")} superpixels`;
      controls.hidden = false;
      slider.value = String(STEPS / 2);
      cut(tree.regions(1));
      shared.set("layer", "regions");
    } catch (refused) {
      say(/** @type {Error} */ (refused).message);
    }
  }

  /** @param {number} regions */
  function cut(regions) {
    if (!tree) return;
    const found = Math.min(Math.max(Math.round(regions) || 1, tree.roots), tree.leaves);
    count.value = String(found);
    slider.setAttribute("aria-valuetext", `${found} regions`);
    shared.set("cut", tree.heightOf(found));
    shared.set("regionsCount", found);
    const regionOf = tree.cut(found);
    const sizes = new Float64Array(found + 1);
    regionOf.forEach((region, leaf) => (sizes[region] += pixels[leaf]));
    shared.set("regionsPixels", sizes);
    shared.set("regionsOf", regionOf);
    tell();
  }

  /** Say which region is selected, and how large it is. */
  function tell() {
    const superpixel = shared.get("superpixel");
    const region = superpixel === null ? 0 : shared.get("regionsOf")?.[superpixel - 1] ?? 0;
    if (!region) says.textContent = "Click a region in the image to see which one it is.";
    else {
      const size = shared.get("regionsPixels")[region];
      const share = size / pixels.reduce((sum, one) => sum + one, 0);
      says.textContent = `Region ${region}: ${size.toLocaleString("en")} pixels, ${percent(share)} of the image.`;
    }
  }

  function byDetail() {
    if (tree) cut(tree.regions(heightOf(Number(slider.value) / STEPS)));
    if (shared.get("layer") !== "regions") shared.set("layer", "regions");
  }

  function byNumber() {
    if (!tree) return;
    cut(Number(count.value));
    slider.value = String(Math.round(STEPS * detailOf(tree.heightOf(Number(count.value)))));
    if (shared.get("layer") !== "regions") shared.set("layer", "regions");
  }

  const offs = [
    state.on("image", (image) => (find.disabled = !image)),
    state.on("run", (run) => {
      find.disabled = run.status === "running" || !state.get("image");
      if (run.status === "failed" && run.name === "Finding regions") say(run.sentence);
    }),
    shared.on("superpixel", tell),
    state.on("regions", (regions) => {
      if (regions && regions.number !== number) {
        shared.set("superpixel", null); // those of other regions have other numbers
        fetchTree(regions);
      }
      number = regions?.number ?? 0;
      if (!regions) {
        tree = null;
        controls.hidden = true;
        shared.set("superpixel", null);
        shared.set("regionsOf", null);
        shared.set("cut", null);
      }
    }),
  ];
  return { element, end: () => offs.forEach((off) => off()) };
}
