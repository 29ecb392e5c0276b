import type { GrayImage } from '../../../document/document.types.js';
import type { PixelBox } from '../ocr-engine.js';

/** Cells of the longer side: a cell of a 300 dpi A4 page is two pixels wide. */
const MOST_CELLS = 2400;
/** Least difference in gray between ink and paper for a page to have any. */
const LEAST_CONTRAST = 40;

/** Where an image is dark, in square cells of `scale` pixels. */
export class Ink {
  private constructor(
    readonly scale: number,
    readonly width: number,
    readonly height: number,
    private readonly dark: Uint8Array,
  ) {}

  /** Ink is what is darker than the threshold that parts dark from light best (Otsu). */
  static of(image: GrayImage): Ink {
    const scale = Math.ceil(Math.max(image.width, image.height) / MOST_CELLS);
    const [width, height] = [Math.ceil(image.width / scale), Math.ceil(image.height / scale)];
    const gray = means(image, scale, width, height);
    const threshold = otsu(gray);
    return new Ink(
      scale,
      width,
      height,
      gray.map((value) => (value <= threshold ? 1 : 0)),
    );
  }

  /** Cells with ink in each row of a box. */
  rows(box: PixelBox): Uint32Array {
    const counts = new Uint32Array(box.y1 - box.y0);
    this.visit(box, (_, y) => (counts[y - box.y0] = (counts[y - box.y0] ?? 0) + 1));
    return counts;
  }

  /** Cells with ink in each column of a box. */
  columns(box: PixelBox): Uint32Array {
    const counts = new Uint32Array(box.x1 - box.x0);
    this.visit(box, (x) => (counts[x - box.x0] = (counts[x - box.x0] ?? 0) + 1));
    return counts;
  }

  /** A box of cells in pixels. */
  toPixels({ x0, y0, x1, y1 }: PixelBox): PixelBox {
    const { scale } = this;
    return { x0: x0 * scale, y0: y0 * scale, x1: x1 * scale, y1: y1 * scale };
  }

  private visit({ x0, y0, x1, y1 }: PixelBox, found: (x: number, y: number) => void): void {
    for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) if (this.dark[y * this.width + x] === 1) found(x, y);
  }
}

/** Stretches of `counts` above `least`, as [from, to). */
export function stretches(counts: ArrayLike<number>, least = 0): [number, number][] {
  const found: [number, number][] = [];
  let from = -1;
  for (let i = 0; i <= counts.length; i++) {
    const inside = i < counts.length && (counts[i] ?? 0) > least;
    if (inside && from < 0) from = i;
    if (!inside && from >= 0) {
      found.push([from, i]);
      from = -1;
    }
  }
  return found;
}

function means({ width, height, data }: GrayImage, scale: number, columns: number, rows: number): Uint8Array {
  if (scale === 1) return data;
  const result = new Uint8Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      let count = 0;
      for (let y = row * scale; y < Math.min(height, (row + 1) * scale); y++) {
        for (let x = column * scale; x < Math.min(width, (column + 1) * scale); x++) {
          sum += data[y * width + x] ?? 0;
          count += 1;
        }
      }
      result[row * columns + column] = sum / count;
    }
  }
  return result;
}

/** The gray value that parts dark from light with the greatest variance between them; -1 on a page without contrast. */
function otsu(gray: Uint8Array): number {
  const histogram = new Uint32Array(256);
  for (const value of gray) histogram[value] = (histogram[value] ?? 0) + 1;
  const total = histogram.reduce((sum, count, value) => sum + count * value, 0);
  let [best, threshold, darkCount, darkSum] = [0, -1, 0, 0];
  for (let value = 0; value < 255; value++) {
    darkCount += histogram[value] ?? 0;
    darkSum += (histogram[value] ?? 0) * value;
    const lightCount = gray.length - darkCount;
    if (darkCount === 0 || lightCount === 0) continue;
    const contrast = (total - darkSum) / lightCount - darkSum / darkCount;
    const variance = darkCount * lightCount * contrast ** 2;
    if (contrast >= LEAST_CONTRAST && variance > best) [best, threshold] = [variance, value];
  }
  return threshold;
}
