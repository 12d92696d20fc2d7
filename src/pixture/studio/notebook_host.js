// The end of the one module that notebooks load (modules.py). Before it stand `entry`, the name of the page's
// entry, and `modules`: name and text of each, in parts of which every other is the name of a module, where its
// address is to stand.
const loaded = new Map();
for (const [name, parts] of modules) {
  const text = parts.map((part, at) => (at % 2 ? loaded.get(part) : part)).join("");
  const blob = new Blob([text, `\n//# sourceURL=pixture/${name}`], { type: "text/javascript" });
  loaded.set(name, URL.createObjectURL(blob));
}
let front;
try {
  front = (await import(loaded.get(entry))).default;
} finally {
  for (const address of loaded.values()) URL.revokeObjectURL(address);
}
const GONE = "This page is no longer connected to Python: the kernel was restarted, or has ended. Run the cell again.";
const WAITS = "Waiting for Python, which is busy while a cell runs. If the kernel was restarted, or the notebook opened anew, run this cell again.";
const PATIENCE = 5000;
/**
 * A notebook's model that says besides what is known of Python behind it: "connected", as the server's does, and
 * "waits", a sentence while Python does not answer, as it cannot while a cell runs.
 * @param {any} model
 */
function watched(model) {
  const own = { connected: new Set(), waits: new Set() };
  const asked = new Set();
  let [there, doubted, timer] = [true, false, 0];
  const tell = (name, ...says) => own[name].forEach((listener) => listener(...says));
  const gone = () => {
    there = false;
    clearTimeout(timer);
    asked.clear();
    tell("waits", "");
    tell("connected", false, GONE);
  };
  const wait = () => {
    clearTimeout(timer);
    if (asked.size) timer = setTimeout(() => (doubted ? gone() : tell("waits", WAITS)), PATIENCE);
  };
  const heard = (message) => {
    doubted = false;
    if (!there) tell("connected", (there = true));
    asked.delete(message.answer);
    tell("waits", "");
    wait();
  };
  const send = (content, callbacks, buffers) => {
    if (!there) return gone();
    if (content.ask && asked.add(content.id).size === 1) wait();
    try {
      model.send(content, callbacks, buffers);
    } catch { // its line to the kernel is closed
      gone();
    }
  };
  // ipywidgets tells so that a line to a kernel was closed, or opened, but not which; an answer does
  const changed = () => {
    [there, doubted] = [true, true];
    asked.clear();
    send({ ask: "look", id: 0 });
  };
  model.on("msg:custom", heard);
  model.on("comm_live_update", changed);
  return {
    end: () => {
      clearTimeout(timer);
      model.off("msg:custom", heard);
      model.off("comm_live_update", changed);
    },
    model: {
      send,
      get: (name) => model.get(name),
      set: (name, value) => model.set(name, value),
      save_changes: () => model.save_changes(),
      on: (event, listener) => (own[event] ? own[event].add(listener) : model.on(event, listener)),
      off: (event, listener) => (own[event] ? own[event].delete(listener) : model.off(event, listener)),
    },
  };
}
/** Whether the notebook is dark: as JupyterLab, VS Code, marimo or Colab says; null where none does. */
function isDark() {
  const { jpThemeLight, vscodeThemeKind, theme } = document.body.dataset;
  if (jpThemeLight !== undefined) return jpThemeLight === "false";
  const said = vscodeThemeKind ?? theme ?? document.documentElement.getAttribute("theme");
  return said === null ? null : !said.includes("light");
}
/** Have the page no higher than a cell may be: marimo lets what is higher scroll, where a wheel is to zoom. */
function fit(el) {
  for (let at = el; at; at = at.assignedSlot ?? at.parentElement ?? at.getRootNode().host) {
    const most = parseFloat(getComputedStyle(at).maxHeight);
    if (at !== el && most < el.offsetHeight && /auto|scroll/.test(getComputedStyle(at).overflowY)) {
      el.style.height = `${most - (at.scrollHeight - el.offsetHeight)}px`;
      return;
    }
  }
}
/** @param {{model: any, el: HTMLElement}} host */
function render({ model, el }) {
  el.classList.add("px-notebook");
  el.dataset.lmSuppressShortcuts = "true"; // JupyterLab's keys would act on cells
  for (const kind of ["keydown", "keyup", "keypress"]) el.addEventListener(kind, (event) => event.stopPropagation());
  const watch = watched(model);
  const end = front.render({ model: watch.model, el });
  requestAnimationFrame(() => fit(el)); // it stands in the notebook by then
  const themed = () => {
    if (isDark() !== null) el.querySelector(".px-studio")?.setAttribute("data-theme", isDark() ? "dark" : "light");
  };
  themed();
  const changes = new MutationObserver(themed);
  for (const element of [document.body, document.documentElement]) {
    changes.observe(element, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-vscode-theme-kind", "data-theme", "theme"] });
  }
  return () => {
    changes.disconnect();
    watch.end();
    end();
  };
}
export default { render };
