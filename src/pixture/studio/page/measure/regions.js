// Regions: the tree of merges is cut here, at once, by a slider.
import { button, made, newId } from "../core/elements.js";
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
  let number = 0;
  const find = button("Find regions", () => ask(), { disabled: true });
  const slider = made("input", { type: "range", min: 0, max: STEPS, value: STEPS / 2, id: newId("detail"), oninput: () => byDetail() });
  const count = made("input", { type: "number", class: "px-field px-number", min: 1, id: newId("regions"), onchange: () => byNumber() });
  const of = made("span", { class: "px-quiet" });
  const wrong = made("p", { class: "px-wrong", role: "alert", hidden: true });
  const controls = made(
    "div", { hidden: true },
    made("div", { class: "px-row" }, made("label", { for: slider.id }, "Detail"), slider),
    made("div", { class: "px-row" }, made("label", { for: count.id }, "Regions"), count, of),
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
    shared.set("regionsOf", tree.cut(found));
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
    state.on("regions", (regions) => {
      if (regions && regions.number !== number) fetchTree(regions);
      number = regions?.number ?? 0;
      if (!regions) {
        tree = null;
        controls.hidden = true;
        shared.set("regionsOf", null);
        shared.set("cut", null);
      }
    }),
  ];
  return { element, end: () => offs.forEach((off) => off()) };
}
