// The tree of merges of superpixels, cut by the page itself: of each superpixel the region that it is in.
// As in pixture's `merge_tree.py`: leaves are the nodes 0 … n - 1, a node's parent has a higher number, a root is
// its own parent, and heights never fall on the way to a root.

export class Tree {
  /**
   * @param {Int32Array} parents
   * @param {Float64Array} heights
   * @param {number} leaves
   */
  constructor(parents, heights, leaves) {
    this.parents = parents;
    this.heights = heights;
    this.leaves = leaves;
    let roots = 0;
    for (let node = 0; node < parents.length; node++) if (parents[node] === node) roots++;
    this.roots = roots;
    // the merges from the lowest on; equal ones as they were made
    const merges = Array.from({ length: parents.length - leaves }, (_, at) => leaves + at);
    merges.sort((one, other) => heights[one] - heights[other] || one - other);
    this.order = Uint32Array.from(merges);
    /** When each merge is made: how many are made before it. */
    this.rank = new Uint32Array(parents.length);
    this.order.forEach((node, at) => (this.rank[node] = at));
    this.above = new Uint32Array(parents.length);
  }

  /**
   * How many merges a cut at a height makes.
   * @param {number} height
   */
  merges(height) {
    let [low, high] = [0, this.order.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.heights[this.order[middle]] <= height) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * How many regions a cut at a height leaves.
   * @param {number} height
   */
  regions(height) {
    return this.leaves - this.merges(height);
  }

  /**
   * The height at which a cut leaves so many regions, if there is one: of equally strong boundaries all go.
   * @param {number} regions
   */
  heightOf(regions) {
    const made = this.leaves - regions;
    return made > 0 ? this.heights[this.order[made - 1]] : -Infinity;
  }

  /**
   * The region of each superpixel when so many regions are left, 1 … N in the order of their first superpixels.
   * @param {number} regions
   * @returns {Uint32Array}
   */
  cut(regions) {
    const { parents, rank, above, leaves } = this;
    const made = leaves - Math.min(Math.max(regions, this.roots), leaves);
    // from the roots down, each node learns the highest that it is merged into
    for (let node = parents.length - 1; node >= 0; node--) {
      const parent = parents[node];
      above[node] = parent !== node && rank[parent] < made ? above[parent] : node;
    }
    const found = new Uint32Array(leaves);
    const numbers = new Uint32Array(parents.length);
    let count = 0;
    for (let leaf = 0; leaf < leaves; leaf++) {
      const node = above[leaf];
      if (numbers[node] === 0) numbers[node] = ++count;
      found[leaf] = numbers[node];
    }
    return found;
  }
}

/**
 * The height of the cut of a detail, from 0 (as few regions as can be) to 1 (every superpixel); .5 is that which
 * pixture takes by itself.
 * @param {number} detail
 */
export function heightOf(detail) {
  if (detail >= 1) return -Infinity;
  return detail > 0 ? (1 - detail) / detail : Infinity;
}

/**
 * The detail of the cut at a height.
 * @param {number} height
 */
export function detailOf(height) {
  if (height === -Infinity) return 1;
  return height === Infinity ? 0 : 1 / (1 + height);
}
