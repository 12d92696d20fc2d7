// Plays the steps of a fit, one after the other.

/** A step takes so long, unless there are so many that all would take longer than `WHOLE`. */
const [STEP, WHOLE] = [250, 10_000];

export class Player {
  /**
   * @param {{count: () => number, at: () => number, seek: (at: number) => void, changed: () => void}} of
   */
  constructor(of) {
    this.of = of;
    /** @type {ReturnType<typeof setTimeout> | null} */
    this.timer = null;
  }

  get plays() {
    return this.timer !== null;
  }

  play() {
    const { of } = this;
    if (of.count() < 2 || this.plays) return;
    if (of.at() >= of.count() - 1) of.seek(0);
    this.wait();
    of.changed();
  }

  wait() {
    const { of } = this;
    this.timer = setTimeout(() => {
      this.timer = null;
      if (of.at() < of.count() - 1) of.seek(of.at() + 1);
      if (of.at() < of.count() - 1) this.wait();
      else of.changed();
    }, Math.min(STEP, WHOLE / of.count()));
  }

  pause() {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.of.changed();
  }
}
