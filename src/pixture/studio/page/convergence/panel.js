// Convergence: the log-likelihood while a mixture is fitted, and the way back through all steps.
import { button, made } from "../core/elements.js";
import { Curve } from "./curve.js";
import { icon } from "./icons.js";
import { Player } from "./player.js";
import { inWords, signed, stepTold, stepsOf } from "./steps.js";

/** @typedef {import("./steps.js").Step} Step */

/**
 * @param {import("../core/studio.js").Studio} studio
 * @returns {import("../core/layout.js").Panel}
 */
export function convergencePanel(studio) {
  const { shared, state } = studio;
  /** @type {{run: number, steps: Step[]} | null} */
  let live = null;
  let waiting = false;
  /** @type {number | null} */
  let asked = null;
  const curve = new Curve((at) => seekBy(at));
  const slider = made("input", {
    type: "range", min: 0, max: 0, step: 1, class: "px-scrubber", "aria-label": "Step of the fit",
    disabled: true, oninput: () => seekBy(Number(slider.value)),
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      play.click();
    },
  });
  const player = new Player({ count: () => steps().length, at, seek, changed: show });
  const first = symbol("first", "To the start", () => seekBy(0));
  const back = symbol("back", "One step back", () => seekBy(at() - 1));
  const play = symbol("play", "Play", () => (player.plays ? player.pause() : player.play()));
  const on = symbol("on", "One step forward", () => seekBy(at() + 1));
  const last = symbol("last", "To the end", () => seekBy(steps().length - 1));
  const says = made("p", { class: "px-step-says" });
  const before = made("p", {
    class: "px-before px-quiet", hidden: true,
    title: "The curve, the ellipses and the steps are those of the fit to the values alone. Smoothing begins where it ends; the labels of the last step and the numbers in the list are what it led to.",
  });
  const key = made("p", { class: "px-key px-quiet" }, made("span", { class: "px-key-shade" }), "on subsamples", made("span", { class: "px-key-hollow" }), "extrapolated");
  const buttons = made("div", { class: "px-row px-playing", role: "group", "aria-label": "Play the fit" }, first, back, play, on, last);
  const element = made(
    "section",
    { class: "px-convergence", "aria-label": "Convergence" },
    made("div", { class: "px-convergence-top" }, buttons, says, before, key),
    curve.element,
    slider,
  );

  /** @returns {Step[]} */
  function steps() {
    return live ? live.steps : shared.get("steps");
  }

  function at() {
    return live ? live.steps.length - 1 : shared.get("at") ?? shared.get("steps").length - 1;
  }

  /** Look at a step; the last one is what was found. @param {number} step */
  function seek(step) {
    const count = shared.get("steps").length;
    if (!count || live) return;
    const within = Math.max(0, Math.min(count - 1, step));
    shared.set("at", within === count - 1 ? null : within);
  }

  /** A person goes to a step: nothing plays on. @param {number} step */
  function seekBy(step) {
    if (player.plays) player.pause();
    seek(step);
  }

  function show() {
    waiting = false;
    const all = steps();
    const here = at();
    curve.show(all, here);
    const idle = live !== null || all.length < 2;
    for (const one of [slider, first, back, play, on, last]) one.disabled = idle;
    back.disabled = first.disabled = idle || here === 0;
    on.disabled = last.disabled = idle || here === all.length - 1;
    slider.max = String(Math.max(0, all.length - 1));
    slider.value = String(here);
    const words = player.plays ? "Pause" : "Play";
    if (play.title !== words) {
      play.title = words;
      play.setAttribute("aria-label", words);
      play.replaceChildren(icon(player.plays ? "pause" : "play"));
    }
    key.hidden = !all.some((step) => step.subsample !== null || step.extrapolated);
    const step = all[here];
    if (!step) says.textContent = "The log-likelihood of a fit is drawn here.";
    else if (live) says.textContent = `Iteration ${step.iteration}: ${signed(step.logLikelihood)} nats per pixel`;
    else says.textContent = inWords(step, all[all.length - 1].iteration);
    const isField = !live && state.get("result")?.smoothed === "field";
    before.hidden = !isField || !step;
    before.textContent = here === all.length - 1 ? "curve and ellipses: before smoothing" : "before smoothing";
    if (step) slider.setAttribute("aria-valuetext", `${says.textContent}${before.hidden ? "" : `, ${before.textContent}`}`);
  }

  /** Draw once a frame, however many steps are told. */
  function soon() {
    if (!waiting) requestAnimationFrame(show);
    waiting = true;
  }

  async function fetchSteps() {
    const result = state.get("result");
    if (!result) {
      asked = null;
      shared.set("steps", []);
    } else if (result.run !== asked) {
      asked = result.run;
      try {
        const answer = await studio.ask("steps", { run: result.run });
        if (state.get("result")?.run === result.run) shared.set("steps", stepsOf(answer));
      } catch {
        if (asked === result.run) shared.set("steps", []); // it was out of date by then
      }
    }
    soon();
  }

  const ends = [
    studio.onTold("step", (told, buffers) => {
      const before = live && live.run === told.run ? live.steps : [];
      const last = before[before.length - 1];
      const goesOn = last && last.iteration < told.iteration; // else it is another run, or another start of one
      if (!goesOn) {
        player.pause();
        shared.set("at", null);
      }
      live = { run: told.run, steps: [...(goesOn ? before : []), stepTold(told, buffers)] };
      soon();
    }),
    state.on("run", (run) => {
      if (live && run.status !== "running") live = null;
      soon();
    }),
    state.on("result", () => {
      shared.set("at", null);
      fetchSteps();
    }),
    shared.on(["at", "steps"], soon),
  ];
  show();
  return {
    element,
    end: () => {
      player.pause();
      curve.end();
      ends.forEach((end) => end());
    },
  };
}

/**
 * @param {import("./icons.js").Sign} sign
 * @param {string} words
 * @param {() => unknown} pressed
 */
function symbol(sign, words, pressed) {
  const made = button("", pressed, { class: "px-button px-symbol", "aria-label": words, title: words, disabled: true });
  made.append(icon(sign));
  return made;
}
