import type { GrayImage } from '../document.types.js';

/** The image smaller by a whole factor: each pixel is the mean of the factor x factor pixels it covers. Odd rows at the edge are left out. */
export function shrink(image: GrayImage, factor: number): GrayImage {
  if (factor <= 1) return image;
  if (factor === 2) return halve(image);
  const width = Math.max(1, Math.floor(image.width / factor));
  const height = Math.max(1, Math.floor(image.height / factor));
  const data = new Uint8Array(width * height);
  const sums = new Uint32Array(width);
  const area = factor * factor;
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let row = 0; row < factor; row++) {
      let at = Math.min(image.height - 1, y * factor + row) * image.width;
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let i = 0; i < factor; i++) sum += image.data[at++];
        sums[x] += sum;
      }
    }
    for (let x = 0; x < width; x++) data[y * width + x] = sums[x] / area;
  }
  return { width, height, data, dpi: image.dpi / factor };
}

function halve(image: GrayImage): GrayImage {
  const width = Math.max(1, image.width >> 1);
  const height = Math.max(1, image.height >> 1);
  const source = image.data;
  // Of an image one pixel wide or high the same pixel counts twice.
  const right = image.width > 1 ? 1 : 0;
  const down = image.height > 1 ? image.width : 0;
  const data = new Uint8Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0, at = 2 * y * image.width; x < width; x++, at += 2) {
      data[to++] = (source[at] + source[at + right] + source[at + down] + source[at + down + right]) >> 2;
    }
  }
  return { width, height, data, dpi: image.dpi / 2 };
}

/** The image brought to another resolution: each pixel is the mean of what it covers when that is lower, else bilinear. */
export function resample(image: GrayImage, dpi: number): GrayImage {
  const times = image.dpi / dpi;
  if (Number.isInteger(times) && image.width % times === 0 && image.height % times === 0) return shrink(image, times);
  if (times === 1.5) return threeToTwo(image);
  const scale = dpi / image.dpi;
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  return width < image.width && height < image.height ? reduce(image, width, height, dpi) : enlarge(image, width, height, dpi);
}

/** From 300 to 200 dpi, the step most scans take, several times as fast as by weights: of three by three pixels become two by two. */
function threeToTwo(image: GrayImage): GrayImage {
  const { width: from, height: rows, data: source } = image;
  const [width, height] = [Math.max(1, Math.round((from * 2) / 3)), Math.max(1, Math.round((rows * 2) / 3))];
  const data = new Uint8Array(width * height);
  const [columns, bands] = [Math.floor(from / 3), Math.floor(rows / 3)];
  for (let band = 0; band < bands; band++) {
    let top = band * 3 * from;
    let to = band * 2 * width;
    for (let column = 0; column < columns; column++, top += 3, to += 2) {
      const middle = top + from;
      const bottom = middle + from;
      const above0 = 2 * source[top] + source[middle];
      const above1 = 2 * source[top + 1] + source[middle + 1];
      const above2 = 2 * source[top + 2] + source[middle + 2];
      const below0 = 2 * source[bottom] + source[middle];
      const below1 = 2 * source[bottom + 1] + source[middle + 1];
      const below2 = 2 * source[bottom + 2] + source[middle + 2];
      data[to] = ((2 * above0 + above1) * NINTH + HALF) >>> 16;
      data[to + 1] = ((2 * above2 + above1) * NINTH + HALF) >>> 16;
      data[to + width] = ((2 * below0 + below1) * NINTH + HALF) >>> 16;
      data[to + width + 1] = ((2 * below2 + below1) * NINTH + HALF) >>> 16;
    }
  }
  // One or two columns and rows may be left at the edges.
  for (let y = 0; y < height; y++) {
    const done = y < bands * 2 ? columns * 2 : 0;
    for (let x = done; x < width; x++) data[y * width + x] = twoThirdsAt(image, x, y);
  }
  return { width, height, data, dpi: (image.dpi * 2) / 3 };
}

/** The pixel at x, y of the image in two thirds of its size. */
function twoThirdsAt({ width, height, data }: GrayImage, x: number, y: number): number {
  const near = (at: number, size: number) => {
    const whole = Math.min(size - 1, Math.floor(at / 2) * 3 + (at % 2) * 2);
    return [whole, Math.min(size - 1, at % 2 === 0 ? whole + 1 : whole - 1)] as const;
  };
  const [column, beside] = near(x, width);
  const [row, below] = near(y, height);
  const at = (line: number) => 2 * data[line * width + column] + data[line * width + Math.max(0, beside)];
  return Math.round((2 * at(row) + at(Math.max(0, below))) / 9);
}

/** A ninth and a half in parts of 65,536. */
const NINTH = 7282;
const HALF = 32_768;

/** Weights are whole numbers that sum up to this: fast, and exact for even gray. */
const UNIT = 256;

function reduce(image: GrayImage, width: number, height: number, dpi: number): GrayImage {
  const columns = coverage(image.width, width);
  const rows = coverage(image.height, height);
  const data = new Uint8Array(width * height);
  const line = new Uint32Array(width);
  const sums = new Uint32Array(width);
  let ready = -1;
  for (let y = 0; y < height; y++) {
    sums.fill((UNIT * UNIT) / 2);
    for (let tap = 0; tap < rows.taps; tap++) {
      const weight = rows.weights[y * rows.taps + tap];
      if (weight === 0) continue;
      const row = rows.from[y] + tap;
      // A row may lie under two pixels: it is the last of one and the first of the next.
      if (row !== ready) narrow(image.data, row * image.width, columns, line);
      ready = row;
      for (let x = 0; x < width; x++) sums[x] += line[x] * weight;
    }
    for (let x = 0, to = y * width; x < width; x++, to++) data[to] = sums[x] >>> 16;
  }
  return { width, height, data, dpi };
}

/** A seventh in parts of 65,536. */
const SEVENTH = 9362;

/** What {@link sevenToSix} makes of a width. */
export function sixSevenths(width: number): number {
  return Math.ceil((width * 6) / 7);
}

/**
 * Brings the rows `from` to `to` (the latter left out) of an image to those of one {@link sixSevenths} as wide: each pixel is the mean of
 * what it covers, which is never more than two.
 */
export function sevenToSix(image: GrayImage, narrower: GrayImage, from: number, to: number): void {
  const { width, data } = image;
  const { width: fewer, data: out } = narrower;
  const groups = Math.floor(width / 7);
  for (let y = from; y < to; y++) {
    let at = y * width;
    let put = y * fewer;
    for (let group = 0; group < groups; group++, at += 7, put += 6) {
      const second = data[at + 1];
      const third = data[at + 2];
      const fourth = data[at + 3];
      const fifth = data[at + 4];
      const sixth = data[at + 5];
      out[put] = ((6 * data[at] + second) * SEVENTH + HALF) >>> 16;
      out[put + 1] = ((5 * second + 2 * third) * SEVENTH + HALF) >>> 16;
      out[put + 2] = ((4 * third + 3 * fourth) * SEVENTH + HALF) >>> 16;
      out[put + 3] = ((3 * fourth + 4 * fifth) * SEVENTH + HALF) >>> 16;
      out[put + 4] = ((2 * fifth + 5 * sixth) * SEVENTH + HALF) >>> 16;
      out[put + 5] = ((sixth + 6 * data[at + 6]) * SEVENTH + HALF) >>> 16;
    }
    // Up to six columns are left; the last of them goes on beyond the edge.
    const last = (y + 1) * width - 1;
    for (let x = 0; put < (y + 1) * fewer; x++, put++) {
      const second = data[Math.min(last, at + x + 1)];
      out[put] = (((6 - x) * data[Math.min(last, at + x)] + (x + 1) * second) * SEVENTH + HALF) >>> 16;
    }
  }
}

/** One row of pixels brought to fewer, times {@link UNIT}. */
function narrow(source: Uint8Array, start: number, { from, weights, taps }: Coverage, line: Uint32Array): void {
  if (taps <= 3) {
    // The last pixel may have no third neighbour; its weight is then none either.
    for (let x = 0, w = 0; x < line.length; x++, w += taps) {
      const at = start + from[x];
      let sum = source[at] * weights[w];
      if (taps > 1) sum += source[at + 1] * weights[w + 1];
      if (taps > 2 && weights[w + 2] !== 0) sum += source[at + 2] * weights[w + 2];
      line[x] = sum;
    }
    return;
  }
  for (let x = 0, w = 0; x < line.length; x++, w += taps) {
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) if (weights[w + tap] !== 0) sum += source[start + from[x] + tap] * weights[w + tap];
    line[x] = sum;
  }
}

interface Coverage {
  /** The first source pixel under each pixel, and how many there may be. */
  readonly from: Int32Array;
  readonly taps: number;
  /** How much of each pixel each of them makes up, in parts of {@link UNIT}. */
  readonly weights: Uint32Array;
}

function coverage(from: number, to: number): Coverage {
  const step = from / to;
  const taps = Math.ceil(step) + 1;
  const result = { from: new Int32Array(to), taps, weights: new Uint32Array(to * taps) };
  for (let i = 0; i < to; i++) {
    const [start, end] = [i * step, (i + 1) * step];
    const first = Math.floor(start + 1e-9);
    result.from[i] = first;
    let left = UNIT;
    for (let tap = 0; tap < taps; tap++) {
      const share = Math.min(end, first + tap + 1) - Math.max(start, first + tap);
      const weight = Math.min(left, Math.max(0, Math.round((share / step) * UNIT)));
      result.weights[i * taps + tap] = weight;
      left -= weight;
    }
    // What rounding has left over goes to the pixel covered for certain.
    result.weights[i * taps] += left;
  }
  return result;
}

function enlarge(image: GrayImage, width: number, height: number, dpi: number): GrayImage {
  const data = new Uint8Array(width * height);
  const columns = stretch(image.width, width);
  const rows = stretch(image.height, height);
  const source = image.data;
  for (let y = 0; y < height; y++) {
    const above = rows.from[y] * image.width;
    const below = rows.to[y] * image.width;
    const fy = rows.part[y];
    for (let x = 0; x < width; x++) {
      const left = columns.from[x];
      const right = columns.to[x];
      const fx = columns.part[x];
      const top = source[above + left] + (source[above + right] - source[above + left]) * fx;
      const bottom = source[below + left] + (source[below + right] - source[below + left]) * fx;
      data[y * width + x] = top + (bottom - top) * fy + 0.5;
    }
  }
  return { width, height, data, dpi };
}

/** For each of `to` pixels: the two source pixels it lies between, and how near the second. */
function stretch(from: number, to: number): { from: Int32Array; to: Int32Array; part: Float32Array } {
  const result = { from: new Int32Array(to), to: new Int32Array(to), part: new Float32Array(to) };
  for (let i = 0; i < to; i++) {
    const middle = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    result.from[i] = Math.floor(middle);
    result.to[i] = Math.min(from - 1, result.from[i] + 1);
    result.part[i] = middle - result.from[i];
  }
  return result;
}
