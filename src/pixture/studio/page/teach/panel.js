// Teach: EM on points in the plane, one step at a time, with k-means beside it.
import { button, made } from "../core/elements.js";
import { mixed } from "./colours.js";
import { RisingCurve } from "./curve.js";
import { Experiment } from "./experiment.js";
import { handsOn, KEYS } from "./hands.js";
import { moved, pause } from "./motion.js";
import { Plot } from "./plot.js";
import { settings } from "./settings.js";
import { componentTable } from "./table.js";
import { collapse, explained } from "./words.js";

/** Milliseconds that a step takes to be seen; while EM runs by itself it is less. */
const [SLOW, FAST] = [500, 160];
const MOST_ROUNDS = 300;
const EMPTY = "Click in the plot to add points.";
const HINT = "Click to add a point, drag to move one, shift-click to remove one.";

/**
 * @param {import("../core/studio.js").Studio} studio
 * @returns {import("../core/layout.js").Panel}
 */
export function teachPanel(studio) {
  const experiment = new Experiment(studio);
  const plot = new Plot("Points and ellipses: click to add a point, drag to move one, shift-click to remove one", "application");
  const hard = new Plot("The same points, each in the colour of its k-means cluster");
  const curve = new RisingCurve();
  let [runs, isSeen] = [false, false];
  /** How much is asked for that is not done. */
  let waiting = 0;
  /** @type {Promise<void>} what is done now, and all that was asked for before it */
  let doing = Promise.resolve();

  const e = button("E step", () => unless(expect));
  const m = button("M step", () => unless(() => maximise(SLOW)));
  const run = button("Run", () => (runs ? (runs = false) : runAll()));
  const again = button("Start again", () => {
    runs = false;
    experiment.again();
    show();
  });
  const beside = made("input", { type: "checkbox", onchange: compare });
  const wide = button("Show large", () => {
    const isWide = element.toggleAttribute("data-wide");
    wide.setAttribute("aria-pressed", String(isWide));
  }, { "aria-pressed": "false" });
  const says = made("p", { class: "px-teach-says px-quiet", role: "status", "aria-live": "polite" });
  const wrong = made("p", { class: "px-wrong", role: "alert", hidden: true });
  const words = made("div");
  const warning = made("div");
  const aboutKMeans = made("div");
  const likelihood = made("figcaption", {}, "EM");
  const squares = made("figcaption", {}, "k-means");
  const hardFigure = made("figure", { class: "px-teach-figure", hidden: true }, squares, hard.element);
  const table = made("div", { class: "px-teach-numbers" });
  const set = settings(experiment, (work) => {
    runs = false;
    return during(work);
  }, show);
  const element = made(
    "section", { class: "px-teach", "aria-label": "Teach" },
    set.element,
    made("div", { class: "px-teach-plots" }, made("figure", { class: "px-teach-figure" }, likelihood, plot.element), hardFigure),
    made(
      "div", { class: "px-teach-side" },
      made("div", { class: "px-row", role: "group", "aria-label": "Steps" }, e, m, run, again),
      made("div", { class: "px-row" }, made("label", { class: "px-check" }, beside, "k-means beside EM"), wide),
      wrong, says, words, warning, aboutKMeans,
    ),
    made(
      "div", { class: "px-teach-side px-teach-lower" },
      made("figure", { class: "px-teach-figure" }, made("figcaption", {}, "Log-likelihood after each E step"), curve.element),
      table,
      made("details", { class: "px-quiet" }, made("summary", {}, "Keys"), made("p", {}, KEYS)),
    ),
  );

  handsOn(plot, experiment, (sentence) => {
    runs = false;
    show();
    if (sentence) says.textContent = sentence;
  }, look);

  /** Do what asks the session, after what was asked for before; say what is refused. @param {() => Promise<void>} work */
  function during(work) {
    waiting += 1;
    doing = doing.then(async () => {
      wrong.hidden = true;
      try {
        await work();
      } catch (refused) {
        runs = false;
        wrong.textContent = /** @type {Error} */ (refused).message;
        wrong.hidden = false;
      }
      waiting -= 1;
      show();
    });
    return doing;
  }

  /** Do something, unless something else is being done. @param {() => Promise<void>} work */
  function unless(work) {
    return waiting ? doing : during(work);
  }

  async function expect() {
    await Promise.all([experiment.expect(), beside.checked ? experiment.assign() : null]);
    const { history } = experiment.em;
    says.textContent = `E step: log-likelihood ${signed(history[history.length - 1] ?? NaN)} per point.`;
    show();
  }

  /** @param {number} milliseconds */
  async function maximise(milliseconds) {
    await experiment.maximise();
    if (experiment.em.phase !== "m") return;
    experiment.move();
    says.textContent = "M step: the components have moved.";
    show();
    const { before, mixture } = experiment;
    if (!before || !mixture) return;
    await moved(before, mixture, milliseconds, (between) => {
      if (experiment.mixture === mixture) plot.showComponents(between, experiment.colours, true);
    });
  }

  function runAll() {
    return unless(async () => {
      runs = true;
      show();
      for (let round = 0; runs && isSeen && round < MOST_ROUNDS; round += 1) {
        if (experiment.em.phase !== "e") await expect();
        if (experiment.em.settled && (!beside.checked || experiment.kMeans.settled)) break;
        await pause(FAST);
        if (!runs) break;
        await maximise(FAST);
      }
      runs = false;
    });
  }

  function compare() {
    hardFigure.hidden = !beside.checked;
    element.toggleAttribute("data-two", beside.checked);
    if (beside.checked && experiment.em.phase !== "start") experiment.again(); // both begin at once
    show();
  }

  /** Say what is known of a point. @param {number | null} n */
  function look(n) {
    const shares = n === null ? null : experiment.sharesOf(n);
    if (!shares) return;
    const known = shares.map((share, k) => ({ share, k })).filter(({ share }) => share >= 0.005);
    known.sort((a, b) => b.share - a.share);
    says.textContent = `This point: ${known.map(({ share, k }) => `${Math.round(100 * share)} % component ${k + 1}`).join(", ")}.`;
  }

  /** @type {string} */
  let explains = "";

  function show() {
    const { points, mixture, colours, kMeans } = experiment;
    const { phase, settled, history } = experiment.em;
    const { labels } = kMeans;
    const isThere = Boolean(mixture) && points.length > 0;
    e.disabled = !isThere || phase === "e" || runs;
    m.disabled = !isThere || phase !== "e" || runs;
    run.disabled = !isThere || (phase === "e" && settled && !runs);
    again.disabled = phase === "start";
    e.classList.toggle("px-primary", !e.disabled);
    m.classList.toggle("px-primary", !m.disabled);
    run.textContent = runs ? "Pause" : "Run";
    plot.showPoints(points, (n) => {
      const shares = experiment.sharesOf(n);
      return shares && mixed(colours, shares);
    });
    if (mixture) plot.showComponents(mixture, colours, true);
    hard.reach = plot.reach;
    hard.showPoints(points, (n) => (labels ? colours[labels[n]] : null));
    hard.showCentres(kMeans.centres, colours);
    const last = history[history.length - 1];
    likelihood.textContent = history.length ? `EM: log-likelihood ${signed(last)} per point` : "EM";
    squares.textContent = labels
      ? `k-means: sum of squares ${kMeans.potential.toFixed(1)}${kMeans.settled ? `, settled after ${kMeans.rounds} rounds` : ""}`
      : "k-means";
    curve.show(history);
    table.replaceChildren(componentTable(experiment));
    if (!points.length) says.textContent = EMPTY;
    else if (phase === "start" || says.textContent === EMPTY) says.textContent = HINT;
    explain(phase === "e" && settled ? "settled" : phase);
  }

  /** @param {"start" | "e" | "m" | "settled"} phase */
  function explain(phase) {
    const now = `${phase} ${beside.checked} ${experiment.em.collapsed} ${experiment.floor} ${experiment.em.scikitLearn}`;
    if (now === explains || runs) return; // words that change twice a second cannot be read
    explains = now;
    words.replaceChildren(explained(phase));
    const collapsed = collapse(experiment);
    warning.replaceChildren(...(collapsed ? [collapsed] : []));
    aboutKMeans.replaceChildren(...(beside.checked ? [explained("kMeans")] : []));
  }

  const seen = new ResizeObserver(() => {
    isSeen = element.offsetParent !== null;
    if (!isSeen) runs = false;
    else if (!experiment.mixture && !waiting) set.take();
  });
  seen.observe(element);

  const take = experiment.take.bind(experiment);
  experiment.take = async () => {
    await take();
    plot.fit(experiment.points);
  };
  show();
  return {
    element,
    end: () => {
      runs = false;
      seen.disconnect();
    },
  };
}

/** @param {number} value with the minus sign of type */
function signed(value) {
  return value.toFixed(4).replace("-", "−");
}
