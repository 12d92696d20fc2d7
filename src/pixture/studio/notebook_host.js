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
/** Whether the notebook is dark: as JupyterLab or VS Code says; null where neither does. */
function isDark() {
  const { jpThemeLight, vscodeThemeKind } = document.body.dataset;
  if (jpThemeLight !== undefined) return jpThemeLight === "false";
  return vscodeThemeKind === undefined ? null : !vscodeThemeKind.includes("light");
}
/** @param {{model: any, el: HTMLElement}} host */
function render({ model, el }) {
  el.classList.add("px-notebook");
  el.dataset.lmSuppressShortcuts = "true"; // JupyterLab's keys would act on cells
  for (const kind of ["keydown", "keyup", "keypress"]) el.addEventListener(kind, (event) => event.stopPropagation());
  const end = front.render({ model, el });
  const themed = () => {
    if (isDark() !== null) el.querySelector(".px-studio")?.setAttribute("data-theme", isDark() ? "dark" : "light");
  };
  themed();
  const watch = new MutationObserver(themed);
  watch.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-vscode-theme-kind"] });
  return () => {
    watch.disconnect();
    end();
  };
}
export default { render };
