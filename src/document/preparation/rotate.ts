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

/** Parts of a pixel places are told in while a row is gone through: whole numbers, twice as fast as fractions. */
const FINE = 65_536;

/** The image turned clockwise by a small angle about its middle, whole, on a larger sheet of the tone `paper`. Bilinear. */
export function rotate(image: GrayImage, degrees: number, paper: number): GrayImage {
  const { width, height, data, dpi } = image;
  const size = turnedSize(width, height, degrees);
  const turned = new Uint8Array(size.width * size.height).fill(paper);
  const angle = (degrees * Math.PI) / 180;
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  // Each step is off by half a part at most.
  const room = (size.width + 2) / (2 * FINE);
  const [stepX, stepY] = [Math.round(cos * FINE), Math.round(-sin * FINE)];
  for (let y = 0; y < size.height; y++) {
    const dy = y + 0.5 - size.height / 2;
    const startX = width / 2 - 0.5 + (0.5 - size.width / 2) * cos + dy * sin;
    const startY = height / 2 - 0.5 - (0.5 - size.width / 2) * sin + dy * cos;
    // Only where all four source pixels are within the image.
    const [fromX, toX] = stepsWithin(startX, cos, width - 1, room);
    const [fromY, toY] = stepsWithin(startY, -sin, height - 1, room);
    const first = Math.min(size.width, Math.max(0, fromX, fromY)) | 0;
    const last = Math.max(-1, Math.min(size.width - 1, toX, toY)) | 0;
    // `| 0` says that these are whole numbers: the loop takes a quarter less time than where they might be fractions.
    let sx = Math.round((startX + first * cos) * FINE) | 0;
    let sy = Math.round((startY - first * sin) * FINE) | 0;
    let at = (y * size.width + first) | 0;
    for (const end = at + (last - first); at <= end; at++) {
      const from = ((sy >> 16) * width + (sx >> 16)) | 0;
      const fx = (sx >> 8) & 255;
      const fy = (sy >> 8) & 255;
      const above = (data[from] << 8) + (data[from + 1] - data[from]) * fx;
      const below = (data[from + width] << 8) + (data[from + width + 1] - data[from + width]) * fx;
      turned[at] = ((above << 8) + (below - above) * fy + 32_768) >> 16;
      sx = (sx + stepX) | 0;
      sy = (sy + stepY) | 0;
    }
  }
  return { ...size, data: turned, dpi };
}

/** The first and the last step at which `start + step * by` lies within 0..`most`, `room` away from both. */
function stepsWithin(start: number, by: number, most: number, room: number): [number, number] {
  if (most < 2 * room) return [1, 0];
  if (Math.abs(by) < 1e-9) return start >= room && start < most - room ? [0, Infinity] : [1, 0];
  const ends = [(room - start) / by, (most - room - start) / by].sort((a, b) => a - b);
  return [Math.ceil(ends[0]), Math.floor(ends[1])];
}

/** Where a point of the turned image lies in the `width` x `height` image as it was. */
export function rotateBack({ x, y }: Point, degrees: number, width: number, height: number): Point {
  const size = turnedSize(width, height, degrees);
  const angle = (degrees * Math.PI) / 180;
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const [dx, dy] = [x - size.width / 2, y - size.height / 2];
  return { x: width / 2 + dx * cos + dy * sin, y: height / 2 + dy * cos - dx * sin };
}
