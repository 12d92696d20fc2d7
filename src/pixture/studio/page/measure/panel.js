// Measure: objects of a foreground in a table, and regions.
import { button, made, newId } from "../core/elements.js";
import { percent } from "../core/numbers.js";
import { MOST_ROWS, tableOf } from "./columns.js";
import { histogram } from "./histogram.js";
import { regionsPart } from "./regions.js";
import { objectsTable } from "./table.js";

const FOREGROUNDS = [
  ["auto", "What stands out (auto)"], ["bright", "The brightest class"], ["dark", "The darkest class"],
  ["labels", "Chosen labels …"],
];

/** Pixels of the page that an object has across at least, when it is looked at. */
const SMALL = 24;

/**
 * @param {import("../core/studio.js").Studio} studio
 * @returns {import("../core/layout.js").Panel}
 */
export function measurePanel(studio) {
  const { shared, state } = studio;
  /** @type {import("./columns.js").Table | null} */
  let table = null;
  let column = 0;
  /** Whether the image goes to the object that is selected next. */
  let goes = false;
  let asked = 0;
  const which = made("select", { class: "px-field", id: newId("foreground"), onchange: () => (labels.hidden = which.value !== "labels") },
    ...FOREGROUNDS.map(([value, words]) => made("option", { value }, words)));
  const labels = made("fieldset", { class: "px-labels", hidden: true });
  const least = made("input", { type: "number", class: "px-field px-number", min: 0, id: newId("least"), placeholder: "auto" });
  const split = made("input", { type: "checkbox", checked: true });
  const go = button("Measure objects", () => measure(), { class: "px-button px-primary", disabled: true });
  const says = made("p", { class: "px-says", role: "status", "aria-live": "polite" });
  const wrong = made("p", { class: "px-wrong", role: "alert", hidden: true });
  const old = made("p", { class: "px-wrong", hidden: true }, "The image was segmented anew since; measure again.");
  const bars = histogram();
  const rows = objectsTable({
    choose: (row) => choose(row),
    look: (at) => {
      column = at;
      show();
    },
  });
  rows.element.hidden = true;
  const regions = regionsPart(studio);
  const element = made(
    "section", { class: "px-measure", "aria-label": "Measure" },
    made("h3", {}, "Objects"),
    made("div", { class: "px-row" }, made("label", { for: which.id }, "Foreground"), which),
    labels,
    made("div", { class: "px-row" }, made("label", { for: least.id }, "Smallest, in pixels"), least,
      made("label", { class: "px-check" }, split, "Split where they touch")),
    made("div", { class: "px-row" }, go), wrong, says, old, bars.element, rows.element, regions.element,
  );

  async function measure() {
    wrong.hidden = true;
    const chosen = [...labels.querySelectorAll("input")].filter((one) => one.checked).map((one) => one.value);
    const foreground = which.value === "labels" ? chosen.join(",") : which.value;
    if (!foreground) return say("Choose at least one label.");
    const min_size = least.value === "" ? null : Number(least.value);
    try {
      await studio.ask("measure", { foreground, min_size, split: split.checked ? "touching" : "none" });
    } catch (refused) {
      say(/** @type {Error} */ (refused).message);
    }
  }

  /** @param {string} sentence */
  function say(sentence) {
    wrong.textContent = sentence;
    wrong.hidden = false;
  }

  function show() {
    const object = shared.get("object");
    bars.of(table ? table.columns[column] : null, object === null ? -1 : object - 1);
  }

  /** Select the object of a row, and go to it. @param {number} row */
  function choose(row) {
    shared.set("layer", "objects");
    goes = true;
    if (shared.get("object") === row + 1) look(row + 1);
    else shared.set("object", row + 1);
  }

  /** Show which object is selected: its row, and its outline. @param {number | null} object */
  async function look(object) {
    const number = ++asked;
    const moves = goes;
    goes = false;
    rows.select(object === null ? -1 : object - 1);
    show();
    if (object === null) return shared.set("shape", null);
    try {
      // where it was clicked it is outlined in that plane; its row leads to the one in its middle
      const { says: found, buffers } = await studio.ask("object-shape", { object, plane: moves ? -1 : shared.get("plane") });
      if (number !== asked) return;
      const { box, plane, step, width, height } = found;
      shared.set("shape", { box, plane, step, width, height, inside: new Uint8Array(buffers[0]) });
      if (plane !== shared.get("plane")) shared.set("plane", plane);
      if (moves) bringInSight(box);
    } catch (refused) {
      say(/** @type {Error} */ (refused).message);
    }
  }

  /** Move the image so that a box is seen, larger where it would be a speck. @param {number[]} box */
  function bringInSight([top, left, bottom, right]) {
    /** @type {import("../image/view.js").Stage | null} */
    const stage = shared.get("stage");
    if (!stage) return;
    const { view } = stage;
    const { left: from, top: above, right: to, bottom: below } = view.seen;
    const side = Math.max(bottom - top, right - left) * view.scale;
    if (side < SMALL) view.zoom(Math.min(SMALL / side, 8));
    if (side < SMALL || left < from || right > to || top < above || bottom > below) view.centre((left + right) / 2, (top + bottom) / 2);
  }

  /** @param {any} objects */
  async function fetchTable(objects) {
    shared.set("object", null);
    old.hidden = true;
    if (!objects) {
      table = null;
      rows.of(null);
      says.textContent = "";
      show();
      return;
    }
    const dropped = objects.dropped ? `, ${objects.dropped.toLocaleString("en")} smaller ones left out` : "";
    const beyond = objects.count > MOST_ROWS ? ` The table has the first ${MOST_ROWS.toLocaleString("en")}.` : "";
    says.textContent = `${objects.count.toLocaleString("en")} object${objects.count === 1 ? "" : "s"}, ${percent(objects.share)} of the image${dropped}.${beyond}`;
    try {
      const found = await tableOf(studio, objects);
      if (found.number !== state.get("objects")?.number) return;
      table = found;
      column = Math.max(0, found.columns.findIndex(({ name }) => ["area", "volume", "pixels"].includes(name)));
      rows.of(found);
      show();
      if (found.count) shared.set("layer", "objects");
    } catch (refused) {
      say(/** @type {Error} */ (refused).message);
    }
  }

  function showLabels() {
    const components = /** @type {any[]} */ (state.get("result")?.components ?? []);
    const before = new Set([...labels.querySelectorAll("input")].filter((one) => one.checked).map((one) => one.value));
    labels.replaceChildren(
      made("legend", { class: "px-quiet" }, "Labels that are foreground"),
      ...components.map(({ label, name, colour }) => {
        const swatch = made("span", { class: "px-swatch" });
        swatch.style.background = state.get("palette")?.[label] ?? colour;
        return made("label", {}, made("input", { type: "checkbox", value: label, checked: before.has(String(label)) }), swatch, name || `${label}`);
      }),
    );
  }

  const offs = [
    state.on("result", (result) => {
      go.disabled = !result;
      old.hidden = !state.get("objects") || state.get("objects").of === result?.run;
      showLabels();
    }),
    state.on("palette", showLabels),
    state.on("run", (run) => {
      go.disabled = run.status === "running" || !state.get("result");
      if (run.status === "failed" && run.name === "Measuring") say(run.sentence);
    }),
    state.on("objects", fetchTable),
    shared.on("object", look),
  ];
  return {
    element,
    end: () => {
      regions.end?.();
      offs.forEach((off) => off());
    },
  };
}
