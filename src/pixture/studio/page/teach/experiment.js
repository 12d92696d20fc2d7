// What the playground is about: points, a mixture, and how far EM and k-means have come. The session computes it all.

/** @typedef {[number, number]} Point */
/** @typedef {{weights: number[], means: Point[], covariances: import("./ellipse.js").Matrix[]}} Mixture */
/** @typedef {"start" | "e" | "m"} Phase what was done last: nothing yet, an E step, an M step */

/** How many points, and components, the session takes. */
export const [MOST_POINTS, MOST_COMPONENTS] = [2000, 8];

/**
 * How far EM has come. Responsibilities are those of the last E step, component by component; so many points each
 * component answers for; the log-likelihood after every E step; collapsed are components of the last M step's
 * mixture.
 * @typedef {{phase: Phase, responsibilities: Float32Array | null, ofEach: number[], history: number[],
 *   settled: boolean, collapsed: number[], scikitLearn: string | null}} Progress
 */

/**
 * How far k-means has come: its centres are at `centres`, and go to `moved`.
 * @typedef {{centres: Point[], moved: Point[], labels: number[] | null, potential: number, rounds: number,
 *   settled: boolean}} KMeans
 */

/** @returns {Progress} */
function nothingYet() {
  return { phase: "start", responsibilities: null, ofEach: [], history: [], settled: false, collapsed: [], scikitLearn: null };
}

/** @param {Point[]} centres @returns {KMeans} */
function kMeansAt(centres) {
  return { centres, moved: centres, labels: null, potential: NaN, rounds: 0, settled: false };
}

export class Experiment {
  /** @param {import("../core/studio.js").Studio} studio */
  constructor(studio) {
    this.studio = studio;
    /** @type {Point[]} */
    this.points = [];
    /** @type {Mixture | null} */
    this.mixture = null;
    /** @type {Mixture | null} where the last M step began */
    this.before = null;
    /** @type {Mixture | null} where EM began */
    this.begun = null;
    /** @type {string[]} */
    this.colours = [];
    this.set = "three";
    this.seed = 0;
    this.covariance = "full";
    /** @type {number | null} the least variance; null for the usual one */
    this.floor = null;
    this.em = nothingYet();
    this.kMeans = kMeansAt([]);
  }

  /** Take a set of points, as it is best begun. */
  async take() {
    const { says } = await this.studio.ask("play-points", { set: this.set, seed: this.seed });
    this.points = says.points;
    this.colours = says.colours;
    this.startAt(says.start);
  }

  /** @param {number} components @param {string} init @param {number} seed */
  async start(components, init, seed) {
    const { says } = await this.studio.ask("play-start", { points: this.points, components, init, seed });
    this.startAt(says.start);
  }

  /** @param {Mixture} mixture */
  startAt(mixture) {
    this.mixture = this.begun = mixture;
    this.before = null;
    this.em = nothingYet();
    this.kMeans = kMeansAt(mixture.means);
  }

  /** Go back to where EM began. */
  again() {
    if (this.begun) this.startAt(this.begun);
  }

  /** Points were changed: the mixture stays. @param {Point[]} points */
  change(points) {
    this.points = points;
    if (this.mixture) this.startAt(this.mixture);
  }

  /** A component was changed by hand. @param {number} k @param {Point} mean @param {import("./ellipse.js").Matrix} covariance */
  place(k, mean, covariance) {
    if (!this.mixture) return;
    const { weights, means, covariances } = this.mixture;
    this.startAt({
      weights,
      means: means.map((one, at) => (at === k ? mean : one)),
      covariances: covariances.map((one, at) => (at === k ? covariance : one)),
    });
  }

  async expect() {
    const { points, mixture, em } = this;
    const before = em.history.length ? em.history[em.history.length - 1] : null;
    const { says, buffers } = await this.studio.ask("play-e", { points, mixture, before });
    if (this.em !== em) return; // something was changed meanwhile
    this.em = {
      ...em, phase: /** @type {Phase} */ ("e"), settled: says.settled, ofEach: says.of_each, responsibilities: new Float32Array(buffers[0]),
      history: [...em.history, says.log_likelihood],
    };
  }

  async maximise() {
    const { points, mixture, covariance, floor, em } = this;
    const { says } = await this.studio.ask("play-m", { points, mixture, covariance, floor });
    if (this.em !== em || !mixture) return;
    /** @type {number[]} what answers for nothing is dropped */
    const kept = says.kept;
    const n = points.length;
    const responsibilities = new Float32Array(kept.length * n);
    kept.forEach((k, at) => responsibilities.set(em.responsibilities?.subarray(k * n, (k + 1) * n) ?? [], at * n));
    this.before = {
      weights: kept.map((k) => mixture.weights[k]),
      means: kept.map((k) => mixture.means[k]),
      covariances: kept.map((k) => mixture.covariances[k]),
    };
    this.mixture = says.mixture;
    this.em = {
      ...em, phase: /** @type {Phase} */ ("m"), responsibilities, collapsed: says.collapsed, scikitLearn: says.scikit_learn ?? em.scikitLearn,
    };
  }

  /** Assign the points to the centres of k-means, where they were told to move; `move` has them seen there. */
  async assign() {
    const { points, kMeans } = this;
    if (kMeans.settled || !kMeans.moved.length) return;
    const { says } = await this.studio.ask("play-k-means", { points, centres: kMeans.moved });
    if (this.kMeans !== kMeans) return;
    this.kMeans = {
      centres: kMeans.moved, moved: says.moved, labels: says.labels, potential: says.potential,
      rounds: kMeans.rounds + 1, settled: says.settled,
    };
  }

  move() {
    this.kMeans = { ...this.kMeans, centres: this.kMeans.moved };
  }

  /** What each component answers for of a point; null before an E step. @param {number} n */
  sharesOf(n) {
    const { mixture, points } = this;
    const { responsibilities } = this.em;
    if (!responsibilities || !mixture) return null;
    return mixture.weights.map((_, k) => responsibilities[k * points.length + n]);
  }
}
