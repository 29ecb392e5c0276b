import type { GrayImage } from '../document.types.js';

/** A point in pixels. */
export interface Point {
  x: number;
  y: number;
}

/** Size in pixels of what holds a `width` x `height` image turned by `degrees`. */
export function turnedSize(width: number, height: number, degrees: number): { width: number; height: number } {
  const angle = (Math.abs(degrees) * Math.PI) / 180;
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  return { width: Math.ceil(width * cos + height * sin), height: Math.ceil(height * cos + width * sin) };
}

/** The image turned clockwise by a small angle about its middle, whole, on a larger sheet of the tone `paper`. Bilinear. */
export function rotate(image: GrayImage, degrees: number, paper: number): GrayImage {
  const { width, height, data, dpi } = image;
  const size = turnedSize(width, height, degrees);
  const turned = new Uint8Array(size.width * size.height).fill(paper);
  const angle = (degrees * Math.PI) / 180;
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  for (let y = 0; y < size.height; y++) {
    const dy = y + 0.5 - size.height / 2;
    let sx = width / 2 - 0.5 + (0.5 - size.width / 2) * cos + dy * sin;
    let sy = height / 2 - 0.5 - (0.5 - size.width / 2) * sin + dy * cos;
    let at = y * size.width;
    for (let x = 0; x < size.width; x++, at++, sx += cos, sy -= sin) {
      const x0 = Math.floor(sx);
      const y0 = Math.floor(sy);
      if (x0 < 0 || y0 < 0 || x0 >= width - 1 || y0 >= height - 1) continue;
      const from = y0 * width + x0;
      const fx = sx - x0;
      const above = data[from] + (data[from + 1] - data[from]) * fx;
      const below = data[from + width] + (data[from + width + 1] - data[from + width]) * fx;
      turned[at] = above + (below - above) * (sy - y0) + 0.5;
    }
  }
  return { ...size, data: turned, dpi };
}

/** Where a point of the turned image lies in the `width` x `height` image as it was. */
export function rotateBack({ x, y }: Point, degrees: number, width: number, height: number): Point {
  const size = turnedSize(width, height, degrees);
  const angle = (degrees * Math.PI) / 180;
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const [dx, dy] = [x - size.width / 2, y - size.height / 2];
  return { x: width / 2 + dx * cos + dy * sin, y: height / 2 + dy * cos - dx * sin };
}
