// Which axes the plot has: two channels, one, or axes of Lab.
import { made } from "../core/elements.js";

/** An axis: a channel of the mixture, or of Lab. */
/** @typedef {{space: "channels" | "lab", channel: number, name: string}} Axis */

/** @param {() => void} changed */
export function axisChoice(changed) {
  const across = made("select", { class: "px-field", "aria-label": "Axis across", onchange: () => chosen(across) });
  const up = made("select", { class: "px-field", "aria-label": "Axis up", onchange: () => chosen(up) });
  /** @type {Axis[]} */
  let axes = [];

  /** Both axes are of one space: the other follows. @param {HTMLSelectElement} last */
  function chosen(last) {
    const [one, other] = last === across ? [across, up] : [up, across];
    const axis = axes[Number(one.value)];
    const beside = axes[Number(other.value)];
    if (axis && beside && (beside.space !== axis.space || beside === axis)) {
      const others = axes.filter((candidate) => candidate.space === axis.space && candidate !== axis);
      if (others.length) other.value = String(axes.indexOf(others[others.length - 1]));
      else up.value = "";
    }
    changed();
  }

  /** @param {HTMLSelectElement} select */
  function fill(select, empty = "") {
    select.replaceChildren();
    for (const [space, title] of /** @type {const} */ ([["channels", "Channels"], ["lab", "CIE Lab"]])) {
      const those = axes.filter((axis) => axis.space === space);
      if (!those.length) continue;
      const group = made("optgroup", { label: title });
      for (const axis of those) group.append(made("option", { value: axes.indexOf(axis) }, axis.name));
      select.append(group);
    }
    if (empty) select.append(made("option", { value: "" }, empty));
  }

  return {
    element: made("div", { class: "px-row px-axis-choice" }, across, made("span", { class: "px-quiet" }, "and"), up),
    /**
     * Offer the axes that there are; those chosen stay if they are among them.
     * @param {{names: string[], lab: string[]}} says
     */
    offer({ names, lab }) {
      const before = axes.map((axis) => axis.name).join();
      axes = [
        ...names.map((name, channel) => /** @type {Axis} */ ({ space: "channels", channel, name })),
        ...lab.map((name, channel) => /** @type {Axis} */ ({ space: "lab", channel, name })),
      ];
      if (axes.map((axis) => axis.name).join() === before) return;
      fill(across);
      fill(up, "number of pixels");
      across.value = "0";
      up.value = names.length > 1 ? String(Math.min(names.length - 1, 2)) : "";
    },
    /** @returns {{across: Axis, up: Axis | null} | null} */
    get chosen() {
      const axis = axes[Number(across.value)];
      return axis ? { across: axis, up: up.value === "" ? null : axes[Number(up.value)] ?? null } : null;
    },
  };
}
