// Panels of which one is seen, chosen by tabs (the ARIA pattern: arrow keys move between them).
import { made, newId } from "./elements.js";

/** @typedef {import("./layout.js").Panel} Panel */

/**
 * @param {[string, Panel][]} named
 * @returns {Panel}
 */
export function tabs(named) {
  const own = newId("tabs");
  const list = made("div", { role: "tablist", class: "px-tablist", "aria-label": "Panels" });
  const rooms = named.map(([name, panel], at) => {
    const tab = made(
      "button",
      {
        type: "button", role: "tab", class: "px-tab", id: `${own}-tab-${at}`,
        "aria-controls": `${own}-room-${at}`, onclick: () => choose(at),
      },
      name,
    );
    const room = made(
      "div",
      { role: "tabpanel", class: "px-room", id: `${own}-room-${at}`, "aria-labelledby": tab.id, tabindex: 0 },
      panel.element,
    );
    list.append(tab);
    return { tab, room, panel };
  });
  /** @param {number} chosen */
  function choose(chosen, focus = false) {
    rooms.forEach(({ tab, room }, at) => {
      const here = at === chosen;
      tab.setAttribute("aria-selected", String(here));
      tab.tabIndex = here ? 0 : -1;
      room.hidden = !here;
      if (here) room.dispatchEvent(new CustomEvent("px-shown", { bubbles: false }));
      if (here && focus) tab.focus();
    });
  }
  list.addEventListener("keydown", (event) => {
    const at = rooms.findIndex(({ tab }) => tab.getAttribute("aria-selected") === "true");
    const steps = /** @type {Record<string, number>} */ ({ ArrowRight: 1, ArrowLeft: -1, Home: -at, End: -1 - at });
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    choose((at + step + rooms.length) % rooms.length, true);
  });
  choose(0);
  const element = made("section", { class: "px-beside" }, list, ...rooms.map(({ room }) => room));
  return { element, end: () => rooms.forEach(({ panel }) => panel.end?.()) };
}
