import type { protos } from '@google-cloud/documentai';
import type { GrayImage } from '../../../document/document.types.js';

type Page = protos.google.cloud.documentai.v1.Document.IPage;
type Matrix = protos.google.cloud.documentai.v1.Document.Page.IMatrix;
type Size = Pick<GrayImage, 'width' | 'height'>;
type Point = { readonly x: number; readonly y: number };
/** Three by three numbers, row by row. */
type Projection = readonly number[];

/** A page as Document AI was asked about it. */
export interface AskedPage {
  readonly image: Size;
  /** What its image was sent as. Absent: it went in a PDF, which the service draws in a resolution of its own. */
  readonly sent?: Size;
}

/** OpenCV's types of matrices of one channel: how their numbers are written, in the order of bytes of about every machine. */
const NUMBERS: Readonly<Record<number, { bytes: number; read(data: Buffer, at: number): number }>> = {
  5: { bytes: 4, read: (data, at) => data.readFloatLE(at) },
  6: { bytes: 8, read: (data, at) => data.readDoubleLE(at) },
};

/** Of a page, in fractions of it. */
const CORNERS: readonly Point[] = [
  { x: 0, y: 0 },
  { x: 1, y: 0 },
  { x: 1, y: 1 },
  { x: 0, y: 1 },
];

/** How far from the middle of the page, as a part of its size, the middle of a drawing may be that the service turned. */
const OFF_THE_MIDDLE = 0.05;

/**
 * Where in the page's image, in pixels, a place is that is told as fractions of the page as the service read it.
 *
 * Document AI turns and straightens pages before it reads them, and tells places as on the page it made. `transforms` are, says its
 * interface (document.proto, `Page.image` and `Page.transforms`), OpenCV matrices "that were applied to the original document image to
 * produce Page.image", whose size `dimension` is. From that is taken: the matrices lead from the original to the page that was read, the first
 * one first, in pixels, as `cv::warpAffine` and `cv::warpPerspective` take them. Nothing official says more (googleapis/google-cloud-python
 * issue 15824 has been open since 2024). A matrix somebody got from Document AI (stackoverflow.com/questions/78004778) bears it out: 2 by 3, of
 * doubles in little-endian order, it leads the corners of a page of 2,666 by 1,500 pixels to the very edges of an upright one of 1,975 by 2,901;
 * read the other way round it leads to no page.
 *
 * The original is the image that was sent. Of a page in a PDF it is a drawing of unknown resolution; that follows from the middle of the
 * page staying in the middle.
 *
 * Without matrices, or with some that make no sense, places are fractions of the image itself.
 */
export function placesOn({ transforms, dimension }: Page, { image, sent }: AskedPage): (fractions: Point) => Point {
  const asTheyAre = ({ x, y }: Point) => ({ x: x * image.width, y: y * image.height });
  const [width, height] = [dimension?.width ?? 0, dimension?.height ?? 0];
  if (!transforms?.length || !(width > 0 && height > 0)) return asTheyAre;
  const made = composed(transforms);
  const back = made && inverted(made);
  const original = made && (sent ?? drawnSize(made, image, { width, height }));
  if (back === undefined || original === undefined) return asTheyAre;
  const place = ({ x, y }: Point) => {
    const at = applied(back, { x: x * width, y: y * height });
    return { x: (at.x * image.width) / original.width, y: (at.y * image.height) / original.height };
  };
  return isWithin(place({ x: 0.5, y: 0.5 }), image) && CORNERS.map(place).every(isPlace) ? place : asTheyAre;
}

/** The size in which the service drew a page, whose middle `made` leads to the middle of the page that was read; undefined when to none. */
function drawnSize(made: Projection, image: Size, read: Size): Size | undefined {
  const [a, b, c, d, e, f, g, h, i] = made as [number, number, number, number, number, number, number, number, number];
  const [x, y, toX, toY] = [image.width / 2, image.height / 2, read.width / 2, read.height / 2];
  // made(scale * middle) = middle of what was read, solved for the scale: two equations, the best answer to both.
  const [stepX, stepY] = [a * x + b * y - toX * (g * x + h * y), d * x + e * y - toY * (g * x + h * y)];
  const [wayX, wayY] = [toX * i - c, toY * i - f];
  const scale = (stepX * wayX + stepY * wayY) / (stepX ** 2 + stepY ** 2);
  const miss = Math.hypot(wayX - scale * stepX, wayY - scale * stepY);
  if (!(scale > 0 && miss <= OFF_THE_MIDDLE * Math.abs(i) * Math.hypot(read.width, read.height))) return undefined;
  return { width: image.width * scale, height: image.height * scale };
}

/** All matrices in one; undefined when one of them is none. */
function composed(matrices: readonly Matrix[]): Projection | undefined {
  let made: Projection | undefined = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  for (const matrix of matrices) {
    const next = numbersOf(matrix);
    if (next === undefined) return undefined;
    made = product(next, made);
  }
  return made;
}

/** The numbers of an affine (2 by 3) or projective (3 by 3) matrix; undefined when it is none. */
function numbersOf({ rows, cols, type, data }: Matrix): Projection | undefined {
  const form = NUMBERS[type ?? 0];
  if (form === undefined || cols !== 3 || (rows !== 2 && rows !== 3)) return undefined;
  // The answer to a request holds bytes, the files of a batch hold JSON.
  const bytes = typeof data === 'string' ? Buffer.from(data, 'base64') : Buffer.from(data ?? []);
  if (bytes.length !== rows * cols * form.bytes) return undefined;
  const numbers = Array.from({ length: rows * cols }, (_, index) => form.read(bytes, index * form.bytes));
  return numbers.every(Number.isFinite) ? [...numbers, 0, 0, 1].slice(0, 9) : undefined;
}

function product(left: Projection, right: Projection): Projection {
  return left.map((_, index) => {
    const [row, column] = [index - (index % 3), index % 3];
    return left[row]! * right[column]! + left[row + 1]! * right[column + 3]! + left[row + 2]! * right[column + 6]!;
  });
}

/** Undefined when several places of the original come to be one. */
function inverted(matrix: Projection): Projection | undefined {
  const [a, b, c, d, e, f, g, h, i] = matrix as [number, number, number, number, number, number, number, number, number];
  const [first, second, third] = [e * i - f * h, f * g - d * i, d * h - e * g];
  const determinant = a * first + b * second + c * third;
  const parts = [first, c * h - b * i, b * f - c * e, second, a * i - c * g, c * d - a * f, third, b * g - a * h, a * e - b * d];
  const inverse = parts.map((part) => part / determinant);
  return inverse.every(Number.isFinite) ? inverse : undefined;
}

function applied(matrix: Projection, { x, y }: Point): Point {
  const [a, b, c, d, e, f, g, h, i] = matrix as [number, number, number, number, number, number, number, number, number];
  const by = g * x + h * y + i;
  return { x: (a * x + b * y + c) / by, y: (d * x + e * y + f) / by };
}

function isWithin({ x, y }: Point, { width, height }: Size): boolean {
  return x > 0 && x < width && y > 0 && y < height;
}

function isPlace({ x, y }: Point): boolean {
  return Number.isFinite(x) && Number.isFinite(y);
}
