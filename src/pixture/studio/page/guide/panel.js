// Guide: mark some pixels of each class, or a box around an object; the image is segmented by them.
import { button, made, newId } from "../core/elements.js";
import { drawOn } from "./brush.js";
import { classList, MOST } from "./classes.js";
import { History, NOTHING } from "./history.js";
import { keys } from "./keys.js";
import { redraw } from "./overlay.js";

/** @typedef {import("../image/view.js").Stage} Stage */

const TOOLS = /** @type {const} */ ([["pan", "Move"], ["brush", "Brush"], ["erase", "Eraser"], ["box", "Box"]]);
const WIDEST = 200;
const OF_LABELS = ["labels", "painted", "boundaries", "uncertainty", "probability"];

/** What the session calls a run that marks led to. */
const BY_MARKS = "Segmenting by your marks";

/**
 * @param {import("../core/studio.js").Studio} studio
 * @returns {import("../core/layout.js").Panel}
 */
export function guidePanel(studio) {
  const { shared, state } = studio;
  const history = new History();
  /** @param {number} mark */
  const colourOf = (mark) => state.get("palette")?.[mark - 1] ?? "#888888";
  const classes = classList({ colourOf, choose, changed: send, remove });
  const certainty = made("input", {
    type: "range", min: 0.55, max: 1, step: 0.01, value: 1, id: newId("certainty"), onchange: send,
    oninput: () => (sure.textContent = `${Math.round(100 * Number(certainty.value))} %`),
  });
  const sure = made("output", { for: certainty.id }, "100 %");
  const tools = TOOLS.map(([tool, words]) =>
    button(words, () => shared.set("tool", tool), { "aria-pressed": String(tool === shared.get("tool")) }),
  );
  const width = made("input", {
    type: "range", min: 1, max: WIDEST, step: 1, id: newId("width"),
    oninput: () => shared.set("width", Number(width.value)),
  });
  const wide = made("output", { for: width.id });
  const undo = button("Undo", () => step("undo"), { disabled: true });
  const redo = button("Redo", () => step("redo"), { disabled: true });
  const clear = button("Clear", () => commit(NOTHING), { disabled: true });
  const says = made("p", { class: "px-says", role: "status", "aria-live": "polite" });
  const wrong = made("p", { class: "px-wrong", role: "alert", hidden: true });
  const element = made(
    "section", { class: "px-guide", "aria-label": "Guide" },
    made("p", { class: "px-quiet" }, "Draw over a few pixels of each class, or a box around one object. The image is segmented by what you mark."),
    classes.element,
    made("div", { class: "px-row", role: "group", "aria-label": "Tool" }, ...tools),
    made("div", { class: "px-row" }, made("label", { for: width.id }, "Width"), width, wide),
    made("div", { class: "px-row" }, made("label", { for: certainty.id }, "Marks are right"), certainty, sure),
    made("div", { class: "px-row" }, undo, redo, clear),
    says, wrong,
    made("details", { class: "px-quiet" }, made("summary", {}, "Keys"),
      made("p", {}, "1 to 9 choose a class; [ and ] change the width; B, E and X take brush, eraser and box, V moves. Ctrl+Z undoes, Ctrl+Shift+Z does again. With the image focused, move the crosshair with the arrow keys and press Enter to draw a dot.")),
  );

  /** @type {Stage | null} */
  let stage = null;
  /** @type {(() => void)[]} */
  let ofStage = [];
  let [waits, isAsking, pending, restores] = [false, false, 0, 0];
  /** Whether the panel is seen: only then are marks, and the tool for them. */
  let isSeen = false;
  let tool = "pan";

  /** @param {number} mark */
  function choose(mark) {
    shared.set("mark", mark);
    if (shared.get("tool") === "pan" || shared.get("tool") === "box") shared.set("tool", "brush");
  }

  function show() {
    if (pending) return;
    pending = requestAnimationFrame(() => {
      pending = 0;
      if (stage) redraw(stage, isSeen ? history.now : NOTHING, shared.get("plane"), colourOf, shapeSeen());
    });
  }

  const shapeSeen = () => (shared.get("layer") === "objects" ? shared.get("shape") ?? null : null);

  const seen = new ResizeObserver(() => {
    const now = element.offsetParent !== null;
    if (now === isSeen) return;
    isSeen = now;
    if (!now) tool = shared.get("tool");
    shared.set("tool", now ? tool : "pan");
    show();
  });

  /** @param {import("./history.js").Drawing} drawing */
  function commit(drawing) {
    history.add(drawing);
    changed();
  }

  /** @param {import("./history.js").Stroke} stroke */
  function stroke(stroke) {
    commit({ ...history.now, strokes: [...history.now.strokes, stroke] });
  }

  /** @param {number} mark */
  function remove(mark) {
    const strokes = history.now.strokes.filter((stroke) => stroke.mark !== mark);
    if (strokes.length < history.now.strokes.length) commit({ ...history.now, strokes });
    else send();
  }

  /** @param {"undo" | "redo"} which */
  function step(which) {
    history[which]();
    changed();
  }

  function changed() {
    if (!OF_LABELS.includes(shared.get("layer"))) shared.set("layer", "labels"); // what marks lead to is seen
    undo.disabled = !history.canUndo;
    redo.disabled = !history.canRedo;
    clear.disabled = !history.now.strokes.length && !history.now.box;
    show();
    send();
  }

  /** Send what is drawn; what was drawn while an answer is waited for goes after it. */
  async function send() {
    waits = true;
    if (isAsking || !state.get("image")) return;
    isAsking = true;
    while (waits) {
      waits = false;
      const { strokes, box } = history.now;
      try {
        await studio.ask("draw", { strokes, box, names: classes.names, certainty: Number(certainty.value) });
        wrong.hidden = true;
      } catch (refused) {
        wrong.textContent = /** @type {Error} */ (refused).message;
        wrong.hidden = false;
      }
    }
    isAsking = false;
  }

  function tell() {
    const drawn = state.get("drawn");
    const marked = /** @type {number[]} */ (drawn?.marked ?? []);
    classes.tell(marked, Boolean(drawn?.box));
    const run = state.get("run");
    const failed = run?.status === "failed" && run.name === BY_MARKS;
    if (failed) {
      wrong.textContent = run.sentence;
      wrong.hidden = false;
    } else if (run?.status === "done") wrong.hidden = true;
    if (!state.get("image")) says.textContent = "Open an image first.";
    else if (failed) says.textContent = "";
    else if (drawn?.guides && run?.status === "running") says.textContent = "Segmenting by your marks …";
    else if (drawn?.guides && drawn.box) says.textContent = "Segmented by the box: what is outside is background. Class 1 marks background, class 2 the object.";
    else if (drawn?.guides) says.textContent = `Segmented by marks of ${marked.map(classes.called).join(", ")}.`;
    else if (marked.length) says.textContent = `${classes.called(marked[0])} is marked; mark another class.`;
    else says.textContent = "Nothing is marked.";
  }

  async function restore() {
    const number = ++restores;
    /** @type {Record<string, any>} */
    let kept;
    try {
      kept = (await studio.ask("drawn")).says;
    } catch (refused) {
      wrong.textContent = /** @type {Error} */ (refused).message;
      wrong.hidden = false;
      return;
    }
    if (number !== restores || isAsking) return; // what was drawn meanwhile is newer
    history.restart({ strokes: kept.strokes, box: kept.box });
    certainty.value = kept.certainty;
    certainty.dispatchEvent(new Event("input"));
    classes.restore(kept.names, Math.max(0, ...kept.strokes.map((/** @type {any} */ one) => one.mark)));
    undo.disabled = redo.disabled = true;
    tell();
    clear.disabled = !kept.strokes.length && !kept.box;
    show();
  }

  /** @param {Stage | null} given */
  function attach(given) {
    ofStage.forEach((end) => end());
    ofStage = [];
    stage = given;
    if (!given) return;
    const told = {
      now: () => ({
        tool: shared.get("tool"), mark: shared.get("mark"), width: shared.get("width"), plane: shared.get("plane"),
        columns: state.get("image")?.width ?? 0, rows: state.get("image")?.height ?? 0,
      }),
      colourOf,
      stroke,
      box: (/** @type {import("./history.js").Box | null} */ box) => commit({ ...history.now, box }),
      redraw: () => redraw(given, history.now, shared.get("plane"), colourOf, shapeSeen()),
    };
    const pressed = keys(studio, { choose, step, stroke, most: () => classes.names.length });
    const listener = (/** @type {KeyboardEvent} */ event) => isSeen && pressed(event);
    given.element.addEventListener("keydown", listener);
    ofStage = [given.onChange(show), drawOn(given, told), () => given.element.removeEventListener("keydown", listener)];
    show();
  }

  const offs = [
    shared.on("stage", attach),
    shared.on("tool", (tool) => {
      tools.forEach((one, at) => one.setAttribute("aria-pressed", String(TOOLS[at][0] === tool)));
    }),
    shared.on("mark", (mark) => classes.mark(mark)),
    shared.on("width", (value) => {
      width.value = value;
      wide.textContent = `${value} px`;
    }),
    shared.on(["plane", "shape", "layer"], show),
    state.on("palette", () => {
      classes.show();
      show();
    }),
    state.on("image", () => {
      tell();
      show();
    }),
    state.on("drawn", (drawn) => {
      if (!isAsking && (drawn?.strokes ?? 0) !== history.now.strokes.length) restore();
      else if (!isAsking && !drawn?.box && history.now.box) restore();
      tell();
    }),
    state.on("run", tell),
  ];
  const listener = keys(studio, { choose, step, stroke: null, most: () => Math.min(classes.names.length, MOST) });
  element.addEventListener("keydown", listener);
  seen.observe(element);
  width.value = shared.get("width");
  wide.textContent = `${shared.get("width")} px`;
  tell();
  attach(shared.get("stage") ?? null);
  return {
    element,
    end: () => {
      seen.disconnect();
      ofStage.forEach((end) => end());
      offs.forEach((off) => off());
    },
  };
}
