import type { GrayImage } from '../document.types.js';

/** The boxes of the pieces of ink that hang together (8 neighbours), as columns of numbers; x1 and y1 are exclusive. */
export interface Components {
  readonly count: number;
  readonly x0: Int32Array;
  readonly y0: Int32Array;
  readonly x1: Int32Array;
  readonly y1: Int32Array;
  /** Pixels of ink in each. */
  readonly area: Int32Array;
}

/** More pieces than this are no text but noise; what comes after them is left out. */
const MOST = 400_000;

/** Finds the pieces of ink, pixels darker than `threshold`, in one pass over the rows' runs. */
export function findComponents({ width, height, data }: GrayImage, threshold: number): Components {
  const found = new Builder();
  let above = new RunRow(width);
  let row = new RunRow(width);
  for (let y = 0; y < height; y++) {
    row.count = 0;
    const end = (y + 1) * width;
    let candidate = 0;
    for (let at = y * width; at < end; at++) {
      if (data[at] >= threshold) continue;
      const start = at;
      while (at < end && data[at] < threshold) at++;
      const [from, to] = [start - y * width, at - y * width];
      // Runs of the row above that touch this one, corners included.
      while (candidate < above.count && above.end[candidate] < from) candidate++;
      let label = -1;
      for (let i = candidate; i < above.count && above.start[i] <= to; i++) {
        label = label < 0 ? found.root(above.label[i]) : found.join(label, above.label[i]);
      }
      if (label < 0) label = found.add();
      if (label < 0) return found.finish();
      found.extend(label, from, to, y);
      row.push(from, to, label);
    }
    [above, row] = [row, above];
  }
  return found.finish();
}

class RunRow {
  count = 0;
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly label: Int32Array;

  constructor(width: number) {
    const most = (width >> 1) + 1;
    this.start = new Int32Array(most);
    this.end = new Int32Array(most);
    this.label = new Int32Array(most);
  }

  push(start: number, end: number, label: number): void {
    this.start[this.count] = start;
    this.end[this.count] = end;
    this.label[this.count++] = label;
  }
}

class Builder {
  private count = 0;
  private size = 4096;
  private columns = Array.from({ length: 6 }, () => new Int32Array(this.size));

  /** A new, empty piece, or -1 when there are too many. */
  add(): number {
    if (this.count === MOST) return -1;
    if (this.count === this.size) this.grow();
    const [parent, x0, y0] = this.columns;
    parent[this.count] = this.count;
    x0[this.count] = y0[this.count] = 0x7fffffff;
    return this.count++;
  }

  root(label: number): number {
    const [parent] = this.columns;
    while (parent[label] !== label) label = parent[label] = parent[parent[label]];
    return label;
  }

  join(a: number, b: number): number {
    const [first, second] = [this.root(a), this.root(b)];
    if (first === second) return first;
    const [parent, x0, y0, x1, y1, area] = this.columns;
    parent[second] = first;
    x0[first] = Math.min(x0[first], x0[second]);
    y0[first] = Math.min(y0[first], y0[second]);
    x1[first] = Math.max(x1[first], x1[second]);
    y1[first] = Math.max(y1[first], y1[second]);
    area[first] += area[second];
    return first;
  }

  extend(label: number, from: number, to: number, y: number): void {
    const [, x0, y0, x1, y1, area] = this.columns;
    if (from < x0[label]) x0[label] = from;
    if (to > x1[label]) x1[label] = to;
    if (y < y0[label]) y0[label] = y;
    y1[label] = y + 1;
    area[label] += to - from;
  }

  /** Only the roots, closed up. */
  finish(): Components {
    const [parent, ...rest] = this.columns;
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      if (parent[i] !== i) continue;
      for (const column of rest) column[kept] = column[i];
      kept++;
    }
    const [x0, y0, x1, y1, area] = rest.map((column) => column.subarray(0, kept));
    return { count: kept, x0, y0, x1, y1, area };
  }

  private grow(): void {
    this.size *= 2;
    this.columns = this.columns.map((column) => {
      const larger = new Int32Array(this.size);
      larger.set(column);
      return larger;
    });
  }
}
