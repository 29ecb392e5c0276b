import { describe, expect, it } from 'vitest';
import { boxAt, scaleOf, turnBox, turnedSize, turnPoint, unturnPoint } from './geometry';
import type { Turn } from './page-search';

const PAGE = { width: 600, height: 800 };
const TURNS: Turn[] = [0, 90, 180, 270];

describe('a page shown turned', () => {
  it('has its top left corner where the turn takes it', () => {
    expect(TURNS.map((turn) => turnPoint({ x: 0, y: 0 }, PAGE, turn))).toEqual([
      { x: 0, y: 0 },
      { x: 800, y: 0 },
      { x: 600, y: 800 },
      { x: 0, y: 600 },
    ]);
  });

  it.each(TURNS)('keeps every point inside, and finds it again (%i)', (turn) => {
    const point = { x: 123, y: 456 };
    const turned = turnPoint(point, PAGE, turn);
    const { width, height } = turnedSize(PAGE, turn);
    expect(turned.x >= 0 && turned.x <= width && turned.y >= 0 && turned.y <= height).toBe(true);
    expect(unturnPoint(turned, PAGE, turn)).toEqual(point);
  });

  it('turns boxes so that they stay boxes', () => {
    expect(turnBox({ x0: 10, y0: 20, x1: 110, y1: 40 }, PAGE, 90)).toEqual({ x0: 760, y0: 10, x1: 780, y1: 110 });
  });
});

describe('the scale', () => {
  it('fits the width, the whole page, or is what was asked for', () => {
    const pane = { width: 300, height: 200 };
    expect(scaleOf('width', PAGE, 0, pane)).toBe(0.5);
    expect(scaleOf('page', PAGE, 0, pane)).toBe(0.25);
    expect(scaleOf('page', PAGE, 90, pane)).toBeCloseTo(200 / 600);
    expect(scaleOf(150, PAGE, 0, pane)).toBeCloseTo(2);
  });
});

describe('the box at a point', () => {
  const line = { box: { x0: 0, y0: 0, x1: 100, y1: 20 } };
  const dot = { box: { x0: 50, y0: 8, x1: 52, y1: 10 } };

  it('is the smallest one, and forgives a near miss', () => {
    expect(boxAt([line, dot], { x: 51, y: 9 })).toBe(dot);
    expect(boxAt([line, dot], { x: 10, y: 9 })).toBe(line);
    expect(boxAt([line, dot], { x: 101, y: 9 })).toBe(line);
    expect(boxAt([line, dot], { x: 120, y: 9 })).toBeUndefined();
  });
});
