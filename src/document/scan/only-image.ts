import { contentOperators } from '../write/content-operators.js';

/** Operators that set what an image is not drawn with: rendering intent, lines, colours (ISO 32000-1, tables 57 and 74). */
const HARMLESS = new Set('ri i w J j M d g G rg RG k K cs CS sc SC scn SCN'.split(' '));
/** Points by which a clip may cut into the image's edge. */
const SLACK = 0.1;

/** A place on the page: an upright, unturned `cm`. */
interface Place {
  readonly a: number;
  readonly d: number;
  readonly e: number;
  readonly f: number;
}
interface Rect {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** The image a content stream shows, and the graphics states it was set in, by their names among the page's resources. */
export interface OnlyImage {
  readonly name: string;
  readonly states: readonly string[];
}

/**
 * What is shown when a content stream does nothing but place one upright and show it: not turned, mirrored, clipped (but by a
 * rectangle around it), faded or beside something else. Null for every other content.
 */
export function onlyImageIn(content: Uint8Array): OnlyImage | null {
  let shown: { name: string; place: Place } | null = null;
  let place: Place = { a: 1, d: 1, e: 0, f: 0 };
  let rectangle: Rect | null = null;
  const clips: Rect[] = [];
  const saved: Place[] = [];
  const states: string[] = [];
  for (const { name, operands } of contentOperators(content)) {
    const numbers = operands.map(Number);
    if (HARMLESS.has(name)) continue;
    switch (name) {
      case 'q':
        saved.push(place);
        break;
      case 'Q':
        place = saved.pop() ?? place;
        break;
      case 'gs':
        states.push(nameIn(operands));
        break;
      case 'cm': {
        const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = numbers;
        if (!(a > 0 && d > 0 && b === 0 && c === 0)) return null;
        place = { a: a * place.a, d: d * place.d, e: e * place.a + place.e, f: f * place.d + place.f };
        break;
      }
      case 're': {
        const [x = 0, y = 0, width = 0, height = 0] = numbers;
        if (rectangle !== null || !(width > 0 && height > 0)) return null;
        rectangle = rectOf(place, x, y, width, height);
        break;
      }
      case 'W':
      case 'W*':
        if (rectangle === null) return null;
        clips.push(rectangle);
        break;
      case 'n':
        rectangle = null;
        break;
      case 'Do':
        if (shown !== null) return null;
        shown = { name: nameIn(operands), place };
        break;
      default:
        return null;
    }
  }
  if (shown === null || rectangle !== null) return null;
  const image = rectOf(shown.place, 0, 0, 1, 1);
  return clips.every((clip) => holds(clip, image)) ? { name: shown.name, states } : null;
}

/** The name among an operator's operands, without its slash. */
function nameIn([name]: readonly string[]): string {
  return name?.slice(1) ?? '';
}

function rectOf({ a, d, e, f }: Place, x: number, y: number, width: number, height: number): Rect {
  return { x0: x * a + e, y0: y * d + f, x1: (x + width) * a + e, y1: (y + height) * d + f };
}

function holds(outer: Rect, inner: Rect): boolean {
  return (
    outer.x0 <= inner.x0 + SLACK && outer.y0 <= inner.y0 + SLACK && outer.x1 >= inner.x1 - SLACK && outer.y1 >= inner.y1 - SLACK
  );
}
