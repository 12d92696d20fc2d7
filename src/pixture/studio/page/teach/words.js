// What a lecturer can read out beside each step, with its equation.
import { made } from "../core/elements.js";
import { equation, fraction, row, sub, sum, sup } from "./mathml.js";

/** @typedef {import("./experiment.js").Experiment} Experiment */

const weight = () => sub("w", "k");
const gaussian = (/** @type {string} */ k) => row("N", "(", sub("x", "n"), ";", sub("m", k), ",", sub("Σ", k), ")");
const share = () => sub("r", "n", "k");
const away = () => row("(", sub("x", "n"), "−", sub("m", "k"), ")");

/** Titles, sentences and equations of the phases; elements are made anew each time, as each has one place. */
const PHASES = {
  start: () => ({
    title: "Where EM begins",
    text: [
      "Each ellipse is a Gaussian: the solid line is one standard deviation from its middle, the dashed line two. Together, weighted, they are the mixture, which is to explain the points.",
      "Nobody has said which component made which point. EM finds both in turns: who made the points, and what the components are like. Begin anywhere: drag an ellipse by its middle or by its handles.",
    ],
    equations: [equation("p", "(", sub("x", "n"), ")", "=", sum("k"), weight(), gaussian("k"))],
  }),
  e: () => ({
    title: "E step: who made each point?",
    text: [
      "Each component lays claim to each point: its density there, times its weight. A point's claims are divided by their sum, so that they add up to one. These are the responsibilities, and each point's colour is mixed by them.",
      "Where colours mix, EM is unsure. Nothing has moved yet.",
    ],
    equations: [
      equation(
        share(), "=",
        fraction(row(weight(), gaussian("k")), row(sum("j"), sub("w", "j"), gaussian("j"))),
      ),
    ],
  }),
  m: () => ({
    title: "M step: what are the components like?",
    text: [
      "Each component takes all points, each as much as it answers for it. It moves to their mean, its ellipse takes their spread, and its weight is its share of them.",
      "No other mixture is likelier, if the responsibilities are right. But the components have moved, so they are to be found again.",
    ],
    equations: [
      equation(sub("N", "k"), "=", sum("n"), share(), ",", sub("w", "k"), "=", fraction(sub("N", "k"), "N")),
      equation(sub("m", "k"), "=", fraction("1", sub("N", "k")), sum("n"), share(), sub("x", "n")),
      equation(sub("Σ", "k"), "=", fraction("1", sub("N", "k")), sum("n"), share(), away(), sup(away(), "T")),
    ],
  }),
  settled: () => ({
    title: "EM has settled",
    text: [
      "The last round raised the log-likelihood by less than 0.0001 for each point. It never falls: the E step makes a bound that touches it, and the M step climbs to the top of that bound.",
      "This is a summit, but perhaps not the highest: another start may end elsewhere. That is why a fit may try several.",
    ],
    equations: [
      equation("log", "L", "=", fraction("1", "N"), sum("n"), "log", sum("k"), weight(), gaussian("k")),
    ],
  }),
  kMeans: () => ({
    title: "k-means beside it",
    text: [
      "k-means gives each point wholly to the nearest centre, and moves each centre to the mean of its points. There are no shares, no shapes and no doubt. It is EM with round components of one size, as that size goes to nothing.",
      "Near means: in units of the points' spread along each axis.",
    ],
    equations: [
      equation(
        sub("l", "n"), "=", sub("argmin", "k"), sup(row("‖", sub("x", "n"), "−", sub("c", "k"), "‖"), "2"),
      ),
    ],
  }),
};

/** @param {keyof typeof PHASES} phase */
export function explained(phase) {
  const { title, text, equations } = PHASES[phase]();
  return made(
    "div", { class: "px-teach-words" },
    made("h3", {}, title),
    ...text.slice(0, 1).map((sentence) => made("p", {}, sentence)),
    ...equations,
    ...text.slice(1).map((sentence) => made("p", {}, sentence)),
  );
}

/**
 * What is said of components that collapsed; null where none has.
 * @param {Experiment} experiment
 */
export function collapse({ em: { collapsed, scikitLearn }, floor }) {
  if (!collapsed.length) return null;
  const one = collapsed.length === 1;
  const those = collapsed.map((k) => k + 1).join(", ");
  const held =
    floor === 0
      ? "The floor is 0, so that nothing but the rounding of numbers holds it, and the log-likelihood has no meaning any more. Here pixture warns."
      : "The variance floor holds it: no component may be thinner than that. So the log-likelihood stays bounded, and still it never falls.";
  return made(
    "div", { class: "px-teach-words px-teach-warning" },
    made("h3", {}, one ? `Component ${those} has collapsed` : `Components ${those} have collapsed`),
    made("p", {}, "Its points lie in one place, or on a line. The thinner it grows, the higher is its density there, without any bound: the likelihood of a mixture has no maximum. Its covariance matrix is singular, and has no inverse."),
    made("p", {}, held),
    scikitLearn ? made("p", {}, "Without a floor (reg_covar=0), scikit-learn stops here, and says: ", made("q", {}, scikitLearn)) : null,
  );
}
