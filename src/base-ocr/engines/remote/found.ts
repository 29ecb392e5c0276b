import type { PixelBox } from '../ocr-engine.js';

/** A word as a service tells it: where it is in pixels of the page image, and how sure the service is, 0 to 100. */
export interface FoundWord {
  text: string;
  box: PixelBox;
  confidence: number;
}
/** Lines of words, and what holds them together. The boxes of all these follow from their words. */
export type FoundLine = readonly FoundWord[];
export type FoundParagraph = readonly FoundLine[];
export type FoundBlock = readonly FoundParagraph[];

/**
 * Taken for words of services that tell no confidence. High enough that such a page is not read again for that alone
 * (second-look.ts, orientation.ts).
 */
export const UNTOLD_CONFIDENCE = 85;
