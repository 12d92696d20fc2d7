// Take home: every file that pixture writes, made when it is asked for; the session itself.
import { button, made, newId } from "../core/elements.js";
import { keepingFocus } from "../core/focus.js";
import { fetched, fetchedByBrowser, save, size } from "./download.js";
import { sessionPart } from "./session-part.js";

/** What goes into the archive unless it is chosen otherwise. */
const USUAL = ["labels", "overlay", "painted", "classes", "convergence", "record", "objects", "regions"];

/**
 * @param {import("../core/studio.js").Studio} studio
 * @returns {import("../core/layout.js").Panel}
 */
export function outputPanel(studio) {
  const { shared, state } = studio;
  /** @type {{name: string, title: string, words: string, wants: string}[]} */
  let listed = [];
  /** @type {Set<string>} */
  let chosen = new Set(USUAL);
  /** @type {null | {run: number}} what is waited for */
  let waited = null;
  const list = made("ul", { class: "px-outputs" });
  const all = button("Download the chosen as a ZIP", () => make([...chosen].filter(can), true), { class: "px-button px-primary", disabled: true });
  const says = made("p", { class: "px-says", role: "status", "aria-live": "polite" });
  const bar = made("progress", { class: "px-progress", max: 1, value: 0, hidden: true, "aria-label": "Progress of the download" });
  const wrong = made("p", { class: "px-wrong", role: "alert", hidden: true });
  const nothing = made("p", { class: "px-quiet" }, "When the image is segmented, its files can be taken home here: the same files that pixture segment writes.");
  const session = sessionPart(studio);
  const element = made(
    "section", { class: "px-output", "aria-label": "Take home" },
    made("h3", {}, "Files"), nothing, list, made("div", { class: "px-row" }, all), bar, says, wrong, session.element,
  );

  /** @param {string} name */
  const can = (name) => listed.some((one) => one.name === name && !one.wants);

  async function look() {
    if (!state.get("result")) {
      listed = [];
      return show();
    }
    try {
      listed = (await studio.ask("outputs")).says.outputs;
      wrong.hidden = true;
    } catch (refused) {
      listed = [];
      fail(/** @type {Error} */ (refused).message);
    }
    show();
  }

  function show() {
    const busy = state.get("run")?.status === "running";
    nothing.hidden = listed.length > 0;
    all.hidden = list.hidden = !listed.length;
    all.disabled = busy || ![...chosen].some(can);
    keepingFocus(list, () => list.replaceChildren(
      ...listed.map(({ name, title, words, wants }) => {
        const box = made("input", {
          type: "checkbox", id: newId("take"), checked: chosen.has(name) && !wants, disabled: Boolean(wants),
          onchange: () => {
            if (box.checked) chosen.add(name);
            else chosen.delete(name);
            all.disabled = ![...chosen].some(can);
          },
        });
        const get = button("Download", () => make([name], false), { disabled: busy || Boolean(wants), "aria-label": `Download: ${title}` });
        return made("li", {}, box,
          made("label", { for: box.id }, made("strong", {}, title), made("span", { class: "px-quiet" }, wants || words)), get);
      }),
    ));
  }

  /** @param {string[]} names @param {boolean} archive */
  async function make(names, archive) {
    wrong.hidden = true;
    says.textContent = "Making files …";
    try {
      const regions = names.includes("regions") ? shared.get("regionsCount") ?? null : null;
      const { says: begun } = await studio.ask("make-output", { names, archive: archive || undefined, regions });
      waited = { run: begun.run };
      take(state.get("outputs"));
    } catch (refused) {
      fail(/** @type {Error} */ (refused).message);
    }
  }

  /** @param {string} sentence */
  function fail(sentence) {
    waited = null;
    bar.hidden = true;
    says.textContent = "";
    wrong.textContent = sentence;
    wrong.hidden = false;
  }

  /** Take files home that were made. @param {any} outputs */
  async function take(outputs) {
    if (!outputs || !waited || outputs.run !== waited.run) return;
    waited = null;
    const whole = outputs.files.reduce((/** @type {number} */ sum, /** @type {any} */ file) => sum + file.bytes, 0);
    bar.hidden = false;
    try {
      let before = 0;
      for (const [at, file] of outputs.files.entries()) {
        before += file.bytes;
        if (fetchedByBrowser(element, studio, outputs.number, at, file)) continue;
        const blob = await fetched(studio, outputs.number, at, file.bytes, (share) => (bar.value = (before - (1 - share) * file.bytes) / whole));
        save(element, file.name, blob);
      }
      says.textContent = `Downloaded ${outputs.files.map((/** @type {any} */ file) => file.name).join(", ")} (${size(whole)}).`;
    } catch (refused) {
      fail(/** @type {Error} */ (refused).message);
    }
    bar.hidden = true;
  }

  const offs = [
    state.on(["result", "objects", "regions", "drawn"], look),
    state.on("outputs", take),
    state.on("run", (run) => {
      for (const one of list.querySelectorAll("button")) one.disabled = run.status === "running";
      if (run.status !== "running") show();
      if (waited?.run !== run.number) return;
      if (run.status === "running") {
        bar.hidden = run.of === undefined && run.fraction === undefined;
        bar.value = run.fraction ?? (run.of ? run.done / run.of : 0);
        says.textContent = run.sentence;
      } else if (run.status === "failed" || run.status === "cancelled") fail(run.sentence);
    }),
  ];
  show();
  return {
    element,
    end: () => {
      session.end?.();
      offs.forEach((off) => off());
    },
  };
}
