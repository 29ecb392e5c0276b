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

/** The image brought to another resolution, bilinear; meant for steps of at most two. */
export function resample(image: GrayImage, dpi: number): GrayImage {
  const scale = dpi / image.dpi;
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
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
