import { DEFAULT_THRESHOLD } from './bands';

export const VIEWS = ['both', 'image', 'text'] as const;
export type View = (typeof VIEWS)[number];

/** `width`, `page`: fitted to the pane. A number: percent of the size on paper. */
export type Zoom = 'width' | 'page' | number;

export const ZOOM_MIN = 10;
export const ZOOM_MAX = 800;

export type Turn = 0 | 90 | 180 | 270;
const TURNS: readonly Turn[] = [0, 90, 180, 270];

/** What the address of the page viewer carries; what is absent has its usual value. */
export interface PageSearch {
  /** Confidence (0..100) under which words are doubtful. */
  threshold?: number;
  /** Absent: `width`. */
  zoom?: Zoom;
  /** Degrees clockwise the image is shown turned. Absent: so that its text stands upright. */
  turn?: Turn;
  view?: Exclude<View, 'both'>;
  /** The word chosen, counted from 1 in reading order. */
  word?: number;
  /** The reading shown beside the one in the result. */
  compare?: string;
}

export function readPageSearch(search: Record<string, unknown>): PageSearch {
  const { threshold, zoom, turn, view, word, compare } = search;
  const found: PageSearch = {};
  if (isWithin(threshold, 0, 100) && threshold !== DEFAULT_THRESHOLD) found.threshold = threshold;
  if (zoom === 'page' || isWithin(zoom, ZOOM_MIN, ZOOM_MAX)) found.zoom = zoom;
  const knownTurn = TURNS.find((each) => each === turn);
  if (knownTurn !== undefined) found.turn = knownTurn;
  if (view === 'image' || view === 'text') found.view = view;
  if (isWithin(word, 1, 1e6) && Number.isInteger(word)) found.word = word;
  if (typeof compare === 'string' || typeof compare === 'number') found.compare = String(compare);
  return found;
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && value >= least && value <= most;
}

/** A quarter more, clockwise. */
export function turnedOnce(turn: Turn): Turn {
  return TURNS[(TURNS.indexOf(turn) + 1) % TURNS.length]!;
}
