// What the playground is set to: the points, how many components, where they start, their shape, their floor.
import { button, made, newId } from "../core/elements.js";
import { MOST_COMPONENTS } from "./experiment.js";

/** @typedef {import("./experiment.js").Experiment} Experiment */

const SETS = /** @type {const} */ ([
  ["three", "Three groups", 3], ["stretched", "Stretched groups", 2], ["rings", "Rings", 6],
  ["outlier", "One outlier", 3], ["equal", "Equal points", 3],
]);
const INITS = /** @type {const} */ ([["random", "at random"], ["quantiles", "by quantiles"], ["kmeans++", "by k-means++"]]);
const COVARIANCES = /** @type {const} */ ([
  ["full", "full: any ellipse"], ["diagonal", "diagonal: upright"], ["spherical", "spherical: round"], ["tied", "tied: all alike"],
]);
const FLOORS = /** @type {const} */ ([["", "pixture's"], ["0", "none (0)"], ["0.25", "0.25"]]);


/**
 * @param {Experiment} experiment
 * @param {(work: () => Promise<void>) => Promise<void>} during what asks the session is done in it
 * @param {() => void} changed
 */
export function settings(experiment, during, changed) {
  let startSeed = 0;
  const set = choice("Points", SETS, take);
  const components = choice(
    "Components", Array.from({ length: MOST_COMPONENTS }, (_, at) => /** @type {const} */ ([String(at + 1), String(at + 1)])), restart,
  );
  const init = choice("Start", INITS, restart);
  const covariance = choice("Covariances", COVARIANCES, () => {
    experiment.covariance = covariance.value;
    experiment.again();
    changed();
  });
  const floor = choice("Variance floor", FLOORS, () => {
    experiment.floor = floor.value === "" ? null : Number(floor.value);
    experiment.again();
    changed();
  });

  function take() {
    return during(async () => {
      experiment.set = set.value;
      components.value = String(SETS.find(([name]) => name === set.value)?.[2] ?? 3);
      await experiment.take();
    });
  }

  function restart() {
    return during(() => experiment.start(Number(components.value), init.value, startSeed));
  }

  const others = button("Draw others", () => {
    experiment.seed += 1;
    return take();
  });
  const clear = button("Remove all", () => {
    experiment.change([]);
    changed();
  });
  const elsewhere = button("Start elsewhere", () => {
    startSeed += 1;
    return restart();
  });
  const element = made(
    "div", { class: "px-teach-settings" },
    labelled("Points", set), labelled("Covariances", covariance), labelled("Components", components),
    labelled("Start", init), labelled("Variance floor", floor),
    made("div", { class: "px-row px-teach-others" }, others, elsewhere, clear),
  );
  return { element, take };
}

/**
 * @param {string} name
 * @param {readonly (readonly [string, string, ...unknown[]])[]} values
 * @param {() => unknown} chosen
 */
function choice(name, values, chosen) {
  const id = newId("teach");
  return made("select", { id, class: "px-field", onchange: chosen }, ...values.map(([value, words]) => made("option", { value }, words)));
}

/** @param {string} name @param {HTMLSelectElement} control */
function labelled(name, control) {
  return made("div", { class: "px-teach-setting" }, made("label", { for: control.id }, name), control);
}
