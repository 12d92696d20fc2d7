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
/** @param {{model: any, el: HTMLElement}} host */
function render({ model, el }) {
  el.classList.add("px-notebook");
  el.dataset.lmSuppressShortcuts = "true"; // JupyterLab's keys would act on cells
  for (const kind of ["keydown", "keyup", "keypress"]) el.addEventListener(kind, (event) => event.stopPropagation());
  return front.render({ model, el });
}
export default { render };
