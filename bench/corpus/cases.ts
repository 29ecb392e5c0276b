import { blackEdges, bilevel, blur, coarser, fade, negative, noise, skew, specks, turn, type Degradation } from './degrade.js';
import type { PageLayout } from './set-page.js';

/** A kind of page the corpus holds. */
export interface CorpusCase {
  readonly name: string;
  readonly layout: Partial<PageLayout>;
  /** What is done to the page drawn at 300 dpi, one after the other; `page` counts from 0. */
  readonly damage: (page: number) => readonly Degradation[];
}

const pick = <T>(values: readonly T[], page: number): T => values[page % values.length] as T;

/** Every kind of page, each with what makes it hard. The first five are the ones readers are compared by. */
export const CASES: readonly CorpusCase[] = [
  { name: 'skewed', layout: {}, damage: (page) => [skew(pick([3.2, -4.7, 1.6, -2.3, 6.1, -8.4], page)), noise(12)] },
  { name: 'turned', layout: {}, damage: (page) => [turn(pick([90, 180, 270] as const, page)), noise(12)] },
  { name: 'faint', layout: {}, damage: () => [blur(1), fade(176, 214, 70), noise(11)] },
  { name: 'low-resolution', layout: {}, damage: (page) => [coarser(pick([100, 85, 110], page)), noise(5)] },
  {
    name: 'two-column',
    layout: { columns: 2, size: 9, font: 'Times-Roman' },
    damage: (page) => [blur(1), skew(pick([1.8, -2.6, 1.1, -1.5], page)), noise(18)],
  },
  { name: 'plain', layout: {}, damage: () => [noise(10)] },
  { name: 'scan', layout: {}, damage: (page) => [skew(pick([0.4, -0.7, 0.9, -0.3], page)), noise(10)] },
  { name: 'small-print', layout: { size: 6 }, damage: () => [noise(10)] },
  { name: 'large-print', layout: { size: 26 }, damage: () => [noise(10)] },
  { name: 'one-bit', layout: {}, damage: () => [noise(10), bilevel] },
  { name: 'specked', layout: {}, damage: () => [specks(0.02)] },
  { name: 'dark-edges', layout: {}, damage: () => [blackEdges(0.05, 0.03), noise(10)] },
  { name: 'negative', layout: {}, damage: () => [noise(10), negative] },
];
