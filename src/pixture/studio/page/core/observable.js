// Values by name that others are told of when they change.

/** @typedef {(value: any, name: string) => void} Listener */

export class Observable {
  /** @param {Record<string, any>} values */
  constructor(values = {}) {
    /** @type {Map<string, any>} */
    this.values = new Map(Object.entries(values));
    /** @type {Map<string, Set<Listener>>} */
    this.listeners = new Map();
  }

  /** @param {string} name */
  get(name) {
    return this.values.get(name);
  }

  /**
   * Set a value; whoever listens is told if it is another one.
   * @param {string} name
   * @param {any} value
   */
  set(name, value) {
    if (Object.is(this.values.get(name), value)) return;
    this.values.set(name, value);
    for (const listener of [...(this.listeners.get(name) ?? [])]) listener(value, name);
  }

  /**
   * Listen to values, from now on; the function returned ends it.
   * @param {string | string[]} names
   * @param {Listener} listener
   * @returns {() => void}
   */
  on(names, listener) {
    const all = typeof names === "string" ? [names] : names;
    for (const name of all) {
      let those = this.listeners.get(name);
      if (!those) this.listeners.set(name, (those = new Set()));
      those.add(listener);
    }
    return () => {
      for (const name of all) this.listeners.get(name)?.delete(listener);
    };
  }
}
