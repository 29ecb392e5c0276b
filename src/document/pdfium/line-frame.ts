import type { Box } from '../page-result.js';
import type { PageCharacter } from './page-characters.js';

/** A box in its line's own frame: u along the writing, v down from line to line. */
export interface Frame {
  u0: number;
  u1: number;
  v0: number;
  v1: number;
}

export function toFrame(box: Box, angle: PageCharacter['angle']): Frame {
  switch (angle) {
    case 90:
      return { u0: box.y0, u1: box.y1, v0: -box.x1, v1: -box.x0 };
    case 180:
      return { u0: -box.x1, u1: -box.x0, v0: -box.y1, v1: -box.y0 };
    case 270:
      return { u0: -box.y1, u1: -box.y0, v0: box.x0, v1: box.x1 };
    default:
      return { u0: box.x0, u1: box.x1, v0: box.y0, v1: box.y1 };
  }
}
