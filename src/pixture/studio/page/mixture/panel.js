// Mixture: the density of the image's values with the components in it, and the list of components.
import { made } from "../core/elements.js";
import { axisChoice } from "./axes.js";
import { densityOf } from "./density.js";
import { InLab } from "./in-lab.js";
import { componentList } from "./list.js";
import { Plot } from "./plot.js";
import { ShownMixture } from "./shown-mixture.js";

/** @typedef {import("./component.js").Shown} Shown */

/**
 * @param {import("../core/studio.js").Studio} studio
 * @returns {import("../core/layout.js").Panel}
 */
export function mixturePanel(studio) {
  const { shared, state } = studio;
  const mixture = new ShownMixture(studio, soon);
  const inLab = new InLab(studio, soon);
  const axes = axisChoice(fetchDensity);
  const list = componentList(studio);
  const plot = new Plot((label) => shared.set("selected", shared.get("selected") === label ? null : label));
  const nothing = made("p", { class: "px-quiet" }, "Open an image: the density of its values, and the mixture that is fitted to them, are shown here.");
  const title = made("p", { class: "px-quiet px-plot-title" }, "Pixels on a logarithmic scale, components at 2 standard deviations");
  const above = made("div", { class: "px-part px-first", hidden: true }, axes.element, plot.element, title);
  const element = made("section", { class: "px-mixture" }, nothing, above, list.element);
  let waiting = false;
  let asked = 0;
  /** What the density that is asked for, or shown, is one of. */
  let shownOf = "";

  function soon() {
    if (!waiting) requestAnimationFrame(show);
    waiting = true;
  }

  async function fetchAxes() {
    const image = state.get("image");
    nothing.hidden = Boolean(image);
    above.hidden = !image;
    const of = image ? `${image.number} ${state.get("choices")?.features}` : "";
    if (!image || of === shownOf) return;
    shownOf = of;
    try {
      const { says } = await studio.ask("axes");
      axes.offer(/** @type {any} */ (says));
      await fetchDensity();
    } catch {
      shownOf = ""; // the features are not ones of this image: who chose them is told so
    }
  }

  async function fetchDensity() {
    const chosen = axes.chosen;
    if (!chosen) return;
    const number = ++asked;
    const { across, up } = chosen;
    let answer;
    try {
      answer = await studio.ask("density", { space: across.space, x: across.channel, y: up ? up.channel : null });
    } catch (refused) {
      if (number === asked) title.textContent = /** @type {Error} */ (refused).message;
      shownOf = ""; // it is asked for again when there is something new
      return;
    }
    if (number !== asked) return;
    plot.ground(densityOf(answer), [across.name, up ? up.name : "density"]);
    const of = (state.get("image")?.planes ?? 1) > 1 ? " of the plane in the middle" : "";
    title.textContent = up
      ? `Pixels${of} on a logarithmic scale, components at 2 standard deviations`
      : `Histogram${of}, components and their sum`;
    soon();
  }

  function show() {
    waiting = false;
    const result = state.get("result");
    list.show(listed(result));
    const { step } = mixture;
    const chosen = axes.chosen;
    if (!step || !chosen) return plot.show(null, [], [], null);
    const { across, up } = chosen;
    const channels = up ? [across.channel, up.channel] : [across.channel];
    const gaussians = across.space === "lab" ? inLab.of(step, mixture.at) : step;
    const fits = gaussians && channels.every((channel) => channel < gaussians.channels);
    const looks = step.numbers.map((number) => {
      const label = mixture.labelOf(number);
      const name = result?.components[label]?.name || `label ${label}`;
      return { label, colour: mixture.colourOf(label), name, hidden: shared.get("hidden").includes(label) };
    });
    plot.show(fits && gaussians.weights.length ? gaussians : null, looks, channels, shared.get("selected"));
  }

  /**
   * What the list shows: the pixels of each label, or, of a step, its components.
   * @param {any} result
   * @returns {Shown[]}
   */
  function listed(result) {
    const { step } = mixture;
    const [selected, hidden] = [shared.get("selected"), shared.get("hidden")];
    const passing = mixture.isPassing && step !== null;
    /** @type {any[]} */
    const found = result?.components ?? [];
    const count = passing && mixture.live ? step.weights.length : found.length;
    return Array.from({ length: count }, (_, label) => {
      const one = found[label];
      const parts = passing ? step.numbers.map((number, at) => ({ label: mixture.labelOf(number), at })).filter((part) => part.label === label) : [];
      const passed = passing ? passingNumbers(step, parts.map((part) => part.at), !state.get("choices")?.features) : null;
      return {
        label, name: mixture.live ? "" : one?.name ?? "", colour: mixture.colourOf(label),
        share: passed ? passed.share : one.share, mean: passed ? passed.mean : one.mean,
        deviation: passed ? passed.deviation : one.deviation, uncertain: passed ? null : one.uncertain,
        locked: Boolean(one?.locked), hidden: hidden.includes(label), selected: selected === label,
        merged: !mixture.live && Boolean(state.get("choices")?.merge) && (result?.groups[label]?.length ?? 1) > 1,
      };
    });
  }

  const ends = [
    state.on(["image", "choices", "result"], fetchAxes),
    state.on("result", (result) => {
      const count = result?.components.length ?? 0;
      if ((shared.get("selected") ?? -1) >= count) shared.set("selected", null);
      const hidden = /** @type {number[]} */ (shared.get("hidden"));
      if (hidden.some((label) => label >= count)) shared.set("hidden", hidden.filter((label) => label < count));
    }),
    shared.on("theme", () => requestAnimationFrame(() => plot.repaint())),
  ];
  soon();
  return {
    element,
    end: () => {
      mixture.end();
      ends.forEach((end) => end());
    },
  };
}

/**
 * Return share, mean and deviation of some components of a step; the latter of one alone, and of a mixture of the
 * image's own channels: those of features are in other units than the list has.
 * @param {import("../convergence/steps.js").Step} step
 * @param {number[]} components
 * @param {boolean} own
 */
function passingNumbers(step, components, own) {
  const d = step.channels;
  const share = components.reduce((sum, at) => sum + step.weights[at], 0);
  if (components.length !== 1 || !own) return { share, mean: null, deviation: null };
  const [at] = components;
  return {
    share,
    mean: [...step.means.subarray(at * d, (at + 1) * d)],
    deviation: Array.from({ length: d }, (_, c) => Math.sqrt(step.covariances[at * d * d + c * d + c])),
  };
}
