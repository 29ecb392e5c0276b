import { PDFArray, PDFNumber } from 'pdf-lib';
import type { PageResult } from '../page-result.js';
import type { PageNode } from './page-tree.js';
import type { PdfSource } from './pdf-source.js';

/** The six numbers of a `cm` or `Tm` operator. */
export type Matrix = readonly [number, number, number, number, number, number];

interface Rect {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/** What viewers take when a page has no usable MediaBox. */
const LETTER: Rect = { x0: 0, y0: 0, x1: 612, y1: 792 };

/**
 * The matrix from the page as displayed (origin bottom left, y upwards, in the result's points) to the page's user space:
 * it undoes the page's rotation, the crop box's place and any /UserUnit. The scale is taken from the result's own size, so it holds whatever
 * the renderer thinks of /UserUnit.
 */
export async function displayToUserSpace(source: PdfSource, node: PageNode, result: PageResult): Promise<Matrix> {
  const media = (await readRect(source, node.attributes.MediaBox)) ?? LETTER;
  const crop = intersection((await readRect(source, node.attributes.CropBox)) ?? media, media) ?? media;
  // As the page was displayed when it was read: of a /Rotate that is no quarter turn, every viewer makes something else.
  const rotation = result.rotation / 90;
  const [across, up] = rotation % 2 === 0 ? [crop.x1 - crop.x0, crop.y1 - crop.y0] : [crop.y1 - crop.y0, crop.x1 - crop.x0];
  const sx = result.width > 0 ? across / result.width : 1;
  const sy = result.height > 0 ? up / result.height : 1;
  if (rotation === 1) return [0, sx, -sy, 0, crop.x1, crop.y0];
  if (rotation === 2) return [-sx, 0, 0, -sy, crop.x1, crop.y1];
  if (rotation === 3) return [0, -sx, sy, 0, crop.x0, crop.y1];
  return [sx, 0, 0, sy, crop.x0, crop.y0];
}

/**
 * Turns what a page draws about the middle of the page as displayed, against the skew of its result.
 * @param toUserSpace from {@link displayToUserSpace}
 */
export function turnAbout({ skew, width, height }: PageResult, toUserSpace: Matrix): Matrix {
  const [a, b, c, d, e, f] = toUserSpace;
  const [x, y] = [a * (width / 2) + c * (height / 2) + e, b * (width / 2) + d * (height / 2) + f];
  const angle = (skew * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [cos, sin, -sin, cos, x - cos * x + sin * y, y - sin * x - cos * y];
}

async function readRect(source: PdfSource, object: PageNode['attributes']['MediaBox']): Promise<Rect | null> {
  const array = await source.resolve(object);
  if (!(array instanceof PDFArray) || array.size() !== 4) return null;
  const [a, b, c, d] = await Promise.all(array.asArray().map((item) => source.resolve(item)));
  if (!(a instanceof PDFNumber && b instanceof PDFNumber && c instanceof PDFNumber && d instanceof PDFNumber)) return null;
  const [x0, x1] = [Math.min(a.asNumber(), c.asNumber()), Math.max(a.asNumber(), c.asNumber())];
  const [y0, y1] = [Math.min(b.asNumber(), d.asNumber()), Math.max(b.asNumber(), d.asNumber())];
  return x1 > x0 && y1 > y0 ? { x0, y0, x1, y1 } : null;
}

function intersection(a: Rect, b: Rect): Rect | null {
  const rect = { x0: Math.max(a.x0, b.x0), y0: Math.max(a.y0, b.y0), x1: Math.min(a.x1, b.x1), y1: Math.min(a.y1, b.y1) };
  return rect.x1 > rect.x0 && rect.y1 > rect.y0 ? rect : null;
}
