// What a criterion says of each number of components: the lowest is the best. A click, or arrow keys, choose one.
import { made } from "../core/elements.js";
import { drawn } from "../core/svg.js";

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [360, 130, 14, 14, 10, 24];

/** @param {(components: number) => void} choose */
export function selectionCurve(choose) {
  const picture = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "px-selection-curve" });
  const says = made("figcaption", { class: "px-quiet" });
  const element = made("figure", {
    class: "px-figure px-selection", hidden: true, tabindex: 0, role: "slider", "aria-label": "Number of components",
  }, picture, says);
  /** @type {any[]} */
  let candidates = [];
  let here = 0;

  element.addEventListener("keydown", (event) => {
    const steps = /** @type {Record<string, number>} */ ({ ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 });
    const counts = candidates.map((one) => one.components);
    let to = counts.indexOf(here) + (steps[event.key] ?? 0);
    if (event.key === "Home") to = 0;
    else if (event.key === "End") to = counts.length - 1;
    else if (!(event.key in steps)) return;
    event.preventDefault();
    const chosen = counts[Math.max(0, Math.min(counts.length - 1, to))];
    if (chosen !== here) choose(chosen);
  });

  /**
   * @param {any} selection what the session published; null where nothing is compared
   * @param {number} components how many are chosen
   */
  function show(selection, components) {
    element.hidden = !selection;
    if (!selection) return;
    candidates = selection.candidates;
    here = components;
    const best = selection.components;
    const values = candidates.map((one) => one[selection.criterion]);
    // one component is far above all others, as a rule: from 2 on there is something to see
    const seen = values.length > 3 ? values.slice(1) : values;
    const [low, high] = [Math.min(...seen), Math.max(...seen)];
    const step = (WIDTH - LEFT - RIGHT) / Math.max(1, candidates.length - 1);
    const x = (/** @type {number} */ at) => LEFT + at * step;
    const y = (/** @type {number} */ value) => TOP + (HEIGHT - TOP - BOTTOM) * (high > low ? Math.max(-0.03, (high - value) / (high - low)) : 0.5);
    picture.replaceChildren(
      drawn("polyline", { class: "px-rising", points: values.map((value, at) => `${x(at)},${y(value)}`).join(" ") }),
    );
    candidates.forEach((one, at) => {
      const kind = one.components === components ? "px-candidate px-candidate-here" : one.components === best ? "px-candidate px-candidate-best" : "px-candidate";
      picture.append(drawn("circle", { class: kind, cx: x(at), cy: y(values[at]), r: one.components === components ? 6 : 4 }));
      const name = drawn("text", { x: x(at), y: HEIGHT - 6, "text-anchor": "middle", class: one.components === best ? "px-tick px-tick-best" : "px-tick" }, String(one.components));
      const area = drawn("rect", { class: "px-candidate-area", x: x(at) - step / 2, y: 0, width: step, height: HEIGHT });
      area.addEventListener("click", () => choose(one.components));
      picture.append(name, area);
    });
    const one = candidates.find((candidate) => candidate.components === components);
    const criterion = selection.criterion.toUpperCase();
    const above = one ? ` With ${components} it is ${Math.round(one.above_best).toLocaleString("en")} higher.` : "";
    says.textContent = `${criterion} is lowest with ${best} components.${components === best ? "" : above}`;
    for (const [name, value] of Object.entries({
      "aria-valuemin": candidates[0].components, "aria-valuemax": candidates[candidates.length - 1].components,
      "aria-valuenow": components, "aria-valuetext": `${components} components. ${says.textContent}`,
    })) element.setAttribute(name, String(value));
  }
  return { element, show };
}
