import type { PageContent, PageSurvey } from '../document.types.js';
import { countWords, type Box } from '../page-result.js';
import { joinUtf8 } from '../utf8.js';
import type { PageCharacter } from './page-characters.js';
import { readObjects, type PlacedImage } from './page-objects.js';
import type { LoadedPage } from './page.js';
import type { Pdfium } from './pdfium.js';
import { isSpace, layOutText } from './text-layout.js';

/** As a survey's answer has it, with the blocks' JSON as it is made. */
export type SurveyedPage = Omit<PageSurvey, 'blocks'> & { readonly blocks: string };

/** What is on the page, and its text but for what annotations show: both from one pass over its characters. */
export function survey(pdfium: Pdfium, page: LoadedPage, characters: readonly PageCharacter[]): SurveyedPage {
  return { page: page.number, content: readContent(pdfium, page, characters), ...textOf(characters) };
}

/** The text as a survey tells it. */
export function textOf(characters: readonly PageCharacter[]): Pick<SurveyedPage, 'blocks' | 'words'> {
  const blocks = layOutText(characters);
  return { blocks: JSON.stringify(blocks), words: countWords({ blocks }) };
}

/** The pages as they are handed over: their JSON in one buffer. */
export function packed(pages: readonly SurveyedPage[]): PageSurvey[] {
  const { bytes, ends } = joinUtf8(pages.map(({ blocks }) => blocks));
  return pages.map((page, index) => ({ ...page, blocks: bytes.subarray(ends[index - 1] ?? 0, ends[index]) }));
}

/** Tells what is on the page without drawing it. No image is decoded. */
export function readContent(pdfium: Pdfium, page: LoadedPage, characters: readonly PageCharacter[]): PageContent {
  const { images, hasVectors, empty } = readObjects(pdfium, page);
  let visibleChars = 0;
  let unmappedChars = 0;
  let invisibleChars = 0;
  for (const character of characters) {
    if (character.generated || isSpace(character.text)) continue;
    if (character.invisible) invisibleChars++;
    else visibleChars++;
    if (!character.invisible && character.unmapped) unmappedChars++;
  }
  // text that nobody can make out is as good as none
  if (unmappedChars > visibleChars / 2) visibleChars = 0;
  return {
    width: page.width,
    height: page.height,
    rotation: page.rotation,
    visibleChars,
    invisibleChars,
    ...describeImages(images, page),
    hasVectors,
    empty,
  };
}

/** What is told of a page's images. */
export function describeImages(images: readonly PlacedImage[], page: LoadedPage): Pick<PageContent, 'images' | 'pictured'> {
  return {
    images: images
      .map((image) => ({ coverage: coverageOf(image, page), dpi: dpiOf(image) }))
      .toSorted((a, b) => b.coverage - a.coverage),
    pictured: coverageOfAll(images, page),
  };
}

/** Points a side at which is looked whether there is an image. */
const LOOKS = 64;

/** Share of the page that lies within any of the images, by a sample. */
function coverageOfAll(images: readonly PlacedImage[], page: LoadedPage): number {
  const [only] = images;
  if (only === undefined || images.length === 1) return only === undefined ? 0 : coverageOf(only, page);
  const within = new Uint8Array(LOOKS * LOOKS);
  // The first point at or behind a place; points stand in the middle of their fields.
  const pointFrom = (place: number, side: number) => Math.min(LOOKS, Math.max(0, Math.ceil((place / side) * LOOKS - 0.5)));
  for (const { box } of images) {
    const [from, to] = [pointFrom(box.x0, page.width), pointFrom(box.x1, page.width)];
    for (let row = pointFrom(box.y0, page.height); row < pointFrom(box.y1, page.height); row++) {
      within.fill(1, row * LOOKS + from, row * LOOKS + to);
    }
  }
  return within.reduce((sum, each) => sum + each, 0) / within.length;
}

/** Share of the page an image covers, 0..1. */
function coverageOf(image: PlacedImage, page: LoadedPage): number {
  return shownArea(image.box, page) / (page.width * page.height);
}

function shownArea(box: Box, page: LoadedPage): number {
  const width = Math.min(box.x1, page.width) - Math.max(box.x0, 0);
  const height = Math.min(box.y1, page.height) - Math.max(box.y0, 0);
  return Math.max(0, width) * Math.max(0, height);
}

/** The finer of the image's two resolutions, in pixels per inch. */
function dpiOf(image: PlacedImage): number {
  const across = image.width > 0 ? image.pixelWidth / image.width : 0;
  const down = image.height > 0 ? image.pixelHeight / image.height : 0;
  return Math.round(Math.max(across, down) * 72);
}
