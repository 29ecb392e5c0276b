import { createHash } from 'node:crypto';
import { freeMemory } from '../../threads/free-memory.js';
import { isBlank } from '../blank.js';
import type { GrayImage } from '../document.types.js';
import { countInk, type InkCells } from '../ink-cells.js';
import { binarise } from './binarise.js';
import { clearBorder } from './clear-border.js';
import { isNegative, lookAt, lookSmall, needsContrast, type Look } from './condition.js';
import { despeckle } from './despeckle.js';
import { flatten } from './flatten.js';
import { invert } from './invert.js';
import { invertAreas } from './invert-areas.js';
import type { PreparationRequest, PreparedPage, PreprocessStep, RightAngle } from './preparation.types.js';
import { rotate } from './rotate.js';
import { inkiestSample } from './sample.js';
import { resample } from './scale.js';
import { soften } from './soften.js';
import { suitingDpi } from './suiting-dpi.js';
import { histogramOf, otsuThreshold, paperTone } from './tones.js';
import { turnImage } from './turned-image.js';

/** Version of what is done here: results made by another one are not mixed up with today's. */
export const PREPARATION_VERSION = 6;

/** Degrees below which lines count as level; engines follow such lines by themselves. */
const LEVEL = 0.25;
/** Resolution dust is taken off at: fine enough that a dot is larger than a speck. */
const DUST_DPI = 300;
const FINE = 1.5;
const MOST_DPI = 400;

/** The page to prepare. */
export interface DrawablePage {
  /** Resolution to begin with when none is asked for. */
  readonly dpi: number;
  /** The resolution of the image that is the page; undefined when the page is something else. */
  readonly ownDpi: number | undefined;
  /** The highest resolution within the pixel limit. */
  readonly mostDpi: number;
  /** How many times larger than it says the page is taken to be, by all resolutions here; absent: as large as it says. */
  readonly enlarged?: number;
  /** The image becomes the preparation's own. */
  draw(dpi: number): GrayImage;
}

/** Draws a page at the resolution that suits it and makes its image as easy to read as can be. */
export function preparePage(page: DrawablePage, request: PreparationRequest): PreparedPage {
  const drawn = new Drawing(page, request);
  drawn.begin();
  if (drawn.blank) return drawn.finish();
  drawn.suitResolution();
  drawn.setStraight();
  return drawn.finish();
}

/** A page's image on its way through the steps. */
class Drawing {
  private image: GrayImage;
  private small: GrayImage | undefined;
  private seen: Look | undefined;
  private size: { width: number; height: number };
  private skew = 0;
  blank = false;
  private readonly steps = new Set<PreprocessStep>();

  constructor(
    private readonly page: DrawablePage,
    private readonly request: PreparationRequest,
  ) {
    this.image = page.draw(Math.min(page.mostDpi, request.dpi > 0 ? request.dpi : page.dpi));
    this.size = { width: this.image.width, height: this.image.height };
  }

  begin(): void {
    const ink = countInk(this.image);
    this.blank = isBlank(this.image, ink);
    if (!this.blank) this.clean(this.image, ink);
  }

  /** What the writing looks like; looked at when first asked for. */
  private get look(): Look {
    this.seen ??= lookAt(this.image, this.small);
    return this.seen;
  }

  /** Draws the page anew when its writing asks for another resolution, or its dust for a finer one to begin with. */
  suitResolution(): void {
    const { look, page } = this;
    const suiting = Math.min(page.mostDpi, this.wishedDpi(look));
    const dusty = this.wants('denoise', () => look.dirty);
    const drawAt = dusty ? Math.min(page.mostDpi, Math.max(suiting, DUST_DPI)) : suiting;
    if (drawAt !== this.image.dpi) {
      const drawn = page.draw(drawAt);
      this.size = { width: drawn.width, height: drawn.height };
      this.clean(drawn);
      // How the lines lie and how high letters are is known; at another resolution neither changes.
      if (!dusty) this.seen = look;
    }
    if (!dusty) return;
    this.small = undefined;
    this.goOnWith(despeckle(this.image));
    if (suiting !== drawAt) {
      this.goOnWith(resample(this.image, suiting));
      this.size = { width: this.image.width, height: this.image.height };
    }
    this.seen = undefined;
  }

  setStraight(): void {
    if (this.request.preprocess.deskew === false) return;
    const { lines } = this.look;
    this.skew = lines.skew;
    if (Math.abs(lines.skew) < LEVEL && this.request.preprocess.deskew !== true) return;
    if (lines.skew === 0) return;
    this.goOnWith(rotate(this.image, -lines.skew, paperTone(histogramOf(this.image))));
    this.steps.add('deskew');
  }

  finish(): PreparedPage {
    if (this.wants('binarise', () => this.request.manner === 'bold') && !this.blank) this.goOnWith(binarise(this.image));
    const straightened = this.steps.has('deskew') ? this.skew : 0;
    this.goOnWith(turnImage(this.image, this.request.turn));
    const { image } = this;
    const threshold = otsuThreshold(histogramOf(image));
    return {
      image,
      origin: { ...this.size, skew: straightened, turn: this.request.turn },
      blank: this.blank,
      skew: this.skew,
      letters: this.blank ? 0 : this.look.writing.letters,
      likelyTurn: this.blank ? 0 : this.likelyTurn(),
      sample: inkiestSample(image, threshold),
      steps: [...this.steps],
      enlarged: this.page.enlarged ?? 1,
      sha256: hashOf(image),
    };
  }

  /** Makes the image dark writing on light, evenly lit paper without dark edges. */
  private clean(drawn: GrayImage, ink?: InkCells): void {
    this.small = undefined;
    this.goOnWith(drawn);
    if (this.wants('invert', () => isNegative(drawn))) invert(drawn);
    if (this.wants('remove_borders')) {
      if (clearBorder(drawn, paperTone(histogramOf(drawn)), ink)) this.steps.add('remove_borders');
      else this.steps.delete('remove_borders');
    }
    let small = lookSmall(drawn);
    if (this.request.preprocess.invert === undefined && invertAreas(drawn, small)) {
      this.steps.add('invert');
      small = lookSmall(drawn);
    }
    const flat = this.wants('contrast', () => this.request.manner === 'bold' || needsContrast(drawn, small));
    if (flat) this.goOnWith(flattened(drawn));
    this.small = flat ? undefined : small;
    this.seen = undefined;
  }

  /** Takes another image in place of the one before, which nobody needs any more. */
  private goOnWith(image: GrayImage): void {
    const { image: before } = this;
    this.image = image;
    if (before.data.buffer === image.data.buffer) return;
    if (this.small?.data.buffer === before.data.buffer) this.small = undefined;
    freeMemory(before.data);
  }

  /** Whether a step is taken; notes it. */
  private wants(step: PreprocessStep, needed: () => boolean = () => true): boolean {
    const wanted = this.request.preprocess[step] ?? needed();
    if (wanted) this.steps.add(step);
    return wanted;
  }

  private wishedDpi(look: Look): number {
    const { dpi, manner } = this.request;
    const suiting = dpi > 0 ? dpi : suitingDpi(look.writing.xHeight, this.image.dpi, this.page.ownDpi);
    return manner === 'fine' ? Math.min(MOST_DPI, Math.round(suiting * FINE)) : suiting;
  }

  private likelyTurn(): RightAngle {
    const { sideways, reversed } = this.look.lines;
    const upright = sideways ? (reversed ? 90 : 270) : reversed ? 180 : 0;
    return ((upright - this.request.turn + 360) % 360) as RightAngle;
  }
}

function flattened(image: GrayImage): GrayImage {
  const softened = soften(image);
  const flat = flatten(softened);
  freeMemory(softened.data);
  return flat;
}

function hashOf({ width, height, data }: GrayImage): string {
  return createHash('sha256').update(`${width}x${height}\n`).update(data).digest('hex');
}
