// The components in numbers.
import { made } from "../core/elements.js";
import { axesOf } from "./ellipse.js";

/** @typedef {import("./experiment.js").Experiment} Experiment */

/** @param {Experiment} experiment */
export function componentTable({ mixture, colours, em: { phase, ofEach } }) {
  if (!mixture) return made("div");
  const answers = phase === "e" ? ofEach : mixture.weights.map(() => null);
  const rows = mixture.weights.map((weight, k) => {
    const swatch = made("span", { class: "px-swatch" });
    swatch.style.background = colours[k];
    const [x, y] = mixture.means[k];
    const { long, short } = axesOf(mixture.covariances[k]);
    const numbers = [weight.toFixed(3), answers[k]?.toFixed(1) ?? "–", `${x.toFixed(2)}, ${y.toFixed(2)}`, `${of(long)}, ${of(short)}`];
    return made("tr", {}, made("th", { scope: "row" }, swatch, ` ${k + 1}`), ...numbers.map((one) => made("td", {}, one.replaceAll("-", "−"))));
  });
  const heads = [["", "Component"], ["Weight", "w"], ["Answers for", "N, the points it answers for"], ["Mean", "m"], ["Deviations", "along the axes of the ellipse"]];
  return made(
    "table", { class: "px-teach-table" },
    made("thead", {}, made("tr", {}, ...heads.map(([words, title]) => made("th", { scope: "col", title, "aria-label": words || title }, words)))),
    made("tbody", {}, ...rows),
  );
}

/** @param {number} deviation */
function of(deviation) {
  return deviation < 0.01 ? deviation.toExponential(0) : deviation.toFixed(2);
}
