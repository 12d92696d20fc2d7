// Elements of the page, made in one call.

/** Pages stand beside each other in a notebook, each with modules of its own. */
const OWN = Math.random().toString(36).slice(2, 8);
let ids = 0;

/**
 * Return an id that no other element has, of this page or of one beside it.
 * @param {string} stem
 */
export function newId(stem) {
  return `px-${stem}-${OWN}-${(ids += 1)}`;
}

/**
 * Return an element: `made("button", {class: "px-button", onclick: f}, "Run")`. What begins with "on" is
 * listened to; true and false are attributes that are there or not.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} attributes
 * @param {...(Node | string | null)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function made(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/**
 * Return what has the focus beside an element: hosts put the page into a shadow tree, too.
 * @param {Element} element
 */
export function focused(element) {
  const root = element.getRootNode();
  return (root instanceof ShadowRoot ? root : element.ownerDocument).activeElement;
}

/**
 * Whether an element, or something in it, has the focus.
 * @param {Element} element
 */
export const hasFocus = (element) => element.contains(focused(element));

/**
 * Return a button that does something when pressed.
 * @param {string} words
 * @param {() => unknown} pressed
 * @param {Record<string, any>} attributes
 */
export function button(words, pressed, attributes = {}) {
  return made("button", { type: "button", class: "px-button", onclick: pressed, ...attributes }, words);
}
