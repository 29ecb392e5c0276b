import type { Turn, Zoom } from './page-search';
import type { Box } from './reading';

interface Size {
  width: number;
  height: number;
}

interface Point {
  x: number;
  y: number;
}

/** CSS pixels of a point (1/72 inch) at 100 %. */
export const PIXELS_PER_POINT = 96 / 72;

/** The size a page has when it is shown turned. */
export function turnedSize({ width, height }: Size, turn: Turn): Size {
  return turn === 90 || turn === 270 ? { width: height, height: width } : { width, height };
}

/** CSS pixels a point takes. @param page its size in points, @param pane the room there is, in pixels */
export function scaleOf(zoom: Zoom, page: Size, turn: Turn, pane: Size): number {
  if (typeof zoom === 'number') return (zoom / 100) * PIXELS_PER_POINT;
  const { width, height } = turnedSize(page, turn);
  const byWidth = Math.max(pane.width, 1) / width;
  return zoom === 'width' ? byWidth : Math.min(byWidth, Math.max(pane.height, 1) / height);
}

/** Where a point of the page comes to lie when the page is turned clockwise. */
export function turnPoint({ x, y }: Point, { width, height }: Size, turn: Turn): Point {
  if (turn === 90) return { x: height - y, y: x };
  if (turn === 180) return { x: width - x, y: height - y };
  if (turn === 270) return { x: y, y: width - x };
  return { x, y };
}

/** The reverse of `turnPoint`. @param page the size of the page before it was turned */
export function unturnPoint({ x, y }: Point, { width, height }: Size, turn: Turn): Point {
  if (turn === 90) return { x: y, y: height - x };
  if (turn === 180) return { x: width - x, y: height - y };
  if (turn === 270) return { x: width - y, y: x };
  return { x, y };
}

/** A box as it lies on the turned page. */
export function turnBox(box: Box, page: Size, turn: Turn): Box {
  const a = turnPoint({ x: box.x0, y: box.y0 }, page, turn);
  const b = turnPoint({ x: box.x1, y: box.y1 }, page, turn);
  return { x0: Math.min(a.x, b.x), y0: Math.min(a.y, b.y), x1: Math.max(a.x, b.x), y1: Math.max(a.y, b.y) };
}

/** The CSS transform that turns a page of this size (pixels) about its top left corner back into view. */
export function turnTransform({ width, height }: Size, turn: Turn): string | undefined {
  if (turn === 90) return `translateX(${height}px) rotate(90deg)`;
  if (turn === 180) return `translate(${width}px, ${height}px) rotate(180deg)`;
  if (turn === 270) return `translateY(${width}px) rotate(270deg)`;
  return undefined;
}

/** Points beside a box that still count as on it: thin words are hard to hit. */
const REACH = 1.5;

/** The smallest of the boxes around a point. */
export function boxAt<T extends { box: Box }>(boxes: readonly T[], { x, y }: Point): T | undefined {
  let found: T | undefined;
  let least = Infinity;
  for (const each of boxes) {
    const { x0, y0, x1, y1 } = each.box;
    if (x < x0 - REACH || x > x1 + REACH || y < y0 - REACH || y > y1 + REACH) continue;
    const area = (x1 - x0) * (y1 - y0);
    if (area < least) [found, least] = [each, area];
  }
  return found;
}
