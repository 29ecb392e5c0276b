import type { GrayImage } from '../document.types.js';
import type { PixelArea, PreparedPage, RightAngle } from './preparation.types.js';

const TILE = 64;

/** The resolution of the page's image, in pixels per inch of the page as large as it says. */
export function trueDpi({ image, enlarged }: Pick<PreparedPage, 'image' | 'enlarged'>): number {
  return enlarged === 1 ? image.dpi : Math.round(image.dpi * enlarged);
}

/** The page turned clockwise; it must not have been turned yet. Its sample and its likely turn are those of the page as it was. */
export function turnPrepared(page: PreparedPage, turn: RightAngle): PreparedPage {
  return { ...page, image: turnImage(page.image, turn), origin: { ...page.origin, turn } };
}

/** The image turned clockwise. The pixels are copied, except for a turn of 0. */
export function turnImage(image: GrayImage, turn: RightAngle): GrayImage {
  if (turn === 0) return image;
  const { width, height, data, dpi } = image;
  const turned = new Uint8Array(data.length);
  if (turn === 180) {
    for (let i = 0, j = data.length - 1; j >= 0; i++, j--) turned[i] = data[j];
    return { width, height, data: turned, dpi };
  }
  // A pixel (x, y) goes to column height - 1 - y, row x (90), or to column y, row width - 1 - x (270). Tile by tile: whole rows
  // into whole columns would miss the processor's cache at each pixel.
  for (let top = 0; top < height; top += TILE) {
    for (let left = 0; left < width; left += TILE) {
      const [bottom, right] = [Math.min(height, top + TILE), Math.min(width, left + TILE)];
      for (let y = top; y < bottom; y++) {
        let to = turn === 90 ? left * height + height - 1 - y : (width - 1 - left) * height + y;
        const step = turn === 90 ? height : -height;
        for (let from = y * width + left, end = y * width + right; from < end; from++, to += step) turned[to] = data[from];
      }
    }
  }
  return { width: height, height: width, data: turned, dpi };
}

/** Where a box of the turned image lies in the image as it was, which is `width` x `height` pixels. */
export function turnBoxBack(box: PixelArea, turn: RightAngle, width: number, height: number): PixelArea {
  switch (turn) {
    case 0:
      return box;
    case 90:
      return { x0: box.y0, y0: height - box.x1, x1: box.y1, y1: height - box.x0 };
    case 180:
      return { x0: width - box.x1, y0: height - box.y1, x1: width - box.x0, y1: height - box.y0 };
    case 270:
      return { x0: width - box.y1, y0: box.x0, x1: width - box.y0, y1: box.x1 };
  }
}

/** A piece of the image. The box must lie inside it, on whole pixels. */
export function cropImage(image: GrayImage, box: PixelArea): GrayImage {
  const width = box.x1 - box.x0;
  const height = box.y1 - box.y0;
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const start = (box.y0 + y) * image.width + box.x0;
    data.set(image.data.subarray(start, start + width), y * width);
  }
  return { width, height, data, dpi: image.dpi };
}
