// A sortable table of which only the rows in sight are there; arrow keys move through it.
import { hasFocus, made } from "../core/elements.js";
import { keepingFocus } from "../core/focus.js";
import { shown, sorted, words } from "./columns.js";

/** @typedef {import("./columns.js").Table} Table */

const ROW = 27;
const BEYOND = 8;

/**
 * @param {object} told
 * @param {(row: number) => void} told.choose a row was chosen
 * @param {(column: number) => void} told.look a column was chosen
 */
export function objectsTable(told) {
  const head = made("tr");
  const above = made("tr", { "aria-hidden": "true" }, made("td"));
  const below = made("tr", { "aria-hidden": "true" }, made("td"));
  const body = made("tbody");
  const grid = made("table", { class: "px-objects", role: "grid", "aria-label": "Objects" }, made("thead", {}, head), body);
  const element = made("div", { class: "px-objects-window", tabindex: -1, onscroll: () => show() }, grid);
  /** @type {Table | null} */
  let table = null;
  let order = new Uint32Array(0);
  let [sortedBy, falls] = [0, false];
  let [focused, chosen] = [0, -1];

  /** @param {number} column */
  function sort(column) {
    if (!table) return;
    falls = column === sortedBy ? !falls : column > 0;
    sortedBy = column;
    const kept = chosen;
    order = sorted(table.columns[column], falls);
    focused = kept >= 0 ? order.indexOf(kept) : 0;
    heads();
    show(true);
    told.look(column);
  }

  function heads() {
    const columns = table?.columns ?? [];
    keepingFocus(head, () => head.replaceChildren(
      ...columns.map(({ name, unit }, at) =>
        made(
          "th",
          { scope: "col", "aria-sort": at === sortedBy ? (falls ? "descending" : "ascending") : "none" },
          made("button", { type: "button", class: "px-sort", onclick: () => sort(at) },
            words(name), unit && unit !== "pixels" ? ` (${unit})` : "", at === sortedBy ? (falls ? " ▾" : " ▴") : ""),
        ),
      ),
    ));
  }

  function show(anew = false) {
    if (!table) return body.replaceChildren();
    const top = element.scrollTop;
    const first = Math.max(0, Math.floor(top / ROW) - BEYOND);
    const last = Math.min(table.count, first + Math.ceil((element.clientHeight || 320) / ROW) + 2 * BEYOND);
    if (!anew && body.dataset.first === String(first) && body.dataset.last === String(last)) return;
    const had = hasFocus(body);
    body.dataset.first = String(first);
    body.dataset.last = String(last);
    /** @type {HTMLElement[]} */
    const rows = [];
    for (let at = first; at < last; at++) rows.push(row(at));
    above.style.height = `${first * ROW}px`;
    below.style.height = `${(table.count - last) * ROW}px`;
    body.replaceChildren(above, ...rows, below);
    element.scrollTop = top; // a row that goes while it has the focus takes the place with it
    if (had) focus(false);
  }

  /** @param {number} at */
  function row(at) {
    const { columns } = /** @type {Table} */ (table);
    const index = order[at];
    return made(
      "tr",
      {
        "aria-rowindex": at + 2, "aria-selected": String(index === chosen), tabindex: at === focused ? 0 : -1,
        "data-at": at, onclick: () => choose(at),
      },
      ...columns.map(({ values }) => made("td", {}, shown(values[index]))),
    );
  }

  /** @param {number} at */
  function choose(at) {
    focused = at;
    chosen = order[at];
    show(true);
    told.choose(chosen);
  }

  /** Put the row with the focus in sight, and the focus on it. */
  function focus(scroll = true) {
    if (scroll) {
      const [top, height] = [focused * ROW, element.clientHeight - ROW];
      if (top < element.scrollTop) element.scrollTop = top;
      else if (top + ROW > element.scrollTop + height) element.scrollTop = top + ROW - height;
      show(true);
    }
    /** @type {HTMLElement | null} */ (body.querySelector(`[data-at="${focused}"]`))?.focus({ preventScroll: true });
  }

  body.addEventListener("keydown", (event) => {
    if (!table) return;
    const page = Math.max(1, Math.floor(element.clientHeight / ROW) - 2);
    const moves = /** @type {Record<string, number>} */ ({
      ArrowDown: focused + 1, ArrowUp: focused - 1, PageDown: focused + page, PageUp: focused - page, Home: 0,
      End: table.count - 1,
    });
    if (event.key === "Enter" || event.key === " ") choose(focused);
    else if (event.key in moves) {
      focused = Math.min(Math.max(moves[event.key], 0), table.count - 1);
      focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  return {
    element,
    /** @param {Table | null} given */
    of(given) {
      table = given;
      [sortedBy, falls, focused, chosen] = [0, false, 0, -1];
      element.scrollTop = 0;
      element.hidden = !given || !given.count;
      if (!given) return body.replaceChildren();
      order = Uint32Array.from({ length: given.count }, (_, at) => at);
      grid.setAttribute("aria-rowcount", String(given.count + 1));
      heads();
      show(true);
    },
    /** Show a row as the chosen one. @param {number} index */
    select(index) {
      if (!table || index === chosen) return;
      chosen = index < table.count ? index : -1;
      if (chosen >= 0) {
        focused = order.indexOf(index);
        element.scrollTop = Math.max(0, focused * ROW - element.clientHeight / 2);
      }
      show(true);
    },
  };
}
