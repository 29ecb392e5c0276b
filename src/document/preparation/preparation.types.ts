import type { GrayImage } from '../document.types.js';
import type { Box } from '../page-result.js';

/**
 * What is done to a page's image before it is read. Nothing of it changes the page in the PDF. Each step: `true` always, `false`
 * never, absent where the page needs it.
 */
export interface PreprocessOptions {
  /** Light writing on dark paper is turned into dark on light: absent, in single bands and boxes as well; `true`, all of the page. */
  readonly invert?: boolean;
  /** Shadows, brown paper and faint ink are evened out and stretched to black on white. */
  readonly contrast?: boolean;
  /** Dust and specks are taken off. */
  readonly denoise?: boolean;
  /** Dark edges of copies and book scans are painted over. */
  readonly remove_borders?: boolean;
  /** Crooked pages are set straight. */
  readonly deskew?: boolean;
  /** The image is made black and white. Absent: only in second looks. */
  readonly binarise?: boolean;
}

/** The names of the steps, as options and as results tell them. */
export type PreprocessStep = keyof PreprocessOptions;

/** Degrees clockwise. */
export type RightAngle = 0 | 90 | 180 | 270;

/**
 * How a page is to be prepared. `usual`: as its looks demand; `bold`: evened out and black and white; `fine`: at half as much
 * resolution again. The last two are for a second look at a page that reads badly.
 */
export type PreparationManner = 'usual' | 'bold' | 'fine';

/** A page to prepare. */
export interface PreparationRequest {
  /** Resolution asked for; 0: what suits the page. */
  readonly dpi: number;
  readonly preprocess: PreprocessOptions;
  readonly manner: PreparationManner;
  /** Clockwise turn after everything else. */
  readonly turn: RightAngle;
  /**
   * Only what the page's images show is of interest: the page is drawn without its own text, whose words have these places (in points of the
   * page as displayed), and white outside of the images. Null: the whole page.
   */
  readonly picturesBeside: readonly Box[] | null;
}

/** A rectangle in whole pixels; x1 and y1 exclusive. */
export interface PixelArea {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/** Where a prepared image came from, for the way back to the page. */
export interface ImageOrigin {
  /** Size of the page as drawn, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Degrees clockwise the lines were turned; the image was turned back by as much, about its middle. */
  readonly skew: number;
  /** Clockwise turn of the image after that. */
  readonly turn: RightAngle;
}

/** A page image ready for an engine, and what was seen on the way. */
export interface PreparedPage {
  readonly image: GrayImage;
  readonly origin: ImageOrigin;
  /** Degrees of skew found, positive clockwise; also when it was too little to be set straight. */
  readonly skew: number;
  /** Nothing to read is on it; the image is then as drawn. */
  readonly blank: boolean;
  /** Pieces of ink shaped like letters. */
  readonly letters: number;
  /** The turn that would probably set the page upright, judged by its lines alone: a hint. Counted from the image as it is. */
  readonly likelyTurn: RightAngle;
  /** A piece of the image, a few inches square, where most of the writing is. */
  readonly sample: PixelArea;
  readonly steps: readonly PreprocessStep[];
  /** How many times larger than it says the page was taken to be; the image's resolution is that of the larger page. Nearly always 1. */
  readonly enlarged: number;
  /** SHA-256 of the image's size and pixels, in hexadecimal. */
  readonly sha256: string;
}
