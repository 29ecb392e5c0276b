import type { PageContent, PageSurvey } from '../document.types.js';
import { countWords, type Box } from '../page-result.js';
import { readCharacters, type PageCharacter } from './page-characters.js';
import { readObjects, type PlacedImage } from './page-objects.js';
import type { LoadedPage } from './page.js';
import type { Pdfium } from './pdfium.js';
import { layOutText } from './text-layout.js';

/** Tells what is on the page without drawing it. No image is decoded. */
export function readContent(pdfium: Pdfium, page: LoadedPage): PageContent {
  return contentOf(pdfium, page, readCharacters(pdfium, page));
}

/** What is on the page, and its text but for what annotations show: both from one pass over its characters. */
export function survey(pdfium: Pdfium, page: LoadedPage): PageSurvey {
  const characters = readCharacters(pdfium, page);
  return { page: page.number, content: contentOf(pdfium, page, characters), ...textOf(characters) };
}

/** The text as a survey tells it. */
export function textOf(characters: readonly PageCharacter[]): Pick<PageSurvey, 'blocks' | 'words'> {
  const blocks = layOutText(characters);
  return { blocks: JSON.stringify(blocks), words: countWords({ blocks }) };
}

function contentOf(pdfium: Pdfium, page: LoadedPage, characters: readonly PageCharacter[]): PageContent {
  const { images, hasVectors } = readObjects(pdfium, page);
  let visibleChars = 0;
  let unmappedChars = 0;
  let invisibleChars = 0;
  for (const character of characters) {
    if (character.generated || character.text.trim() === '') continue;
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
    images: images
      .map((image) => ({ coverage: coverageOf(image, page), dpi: dpiOf(image) }))
      .toSorted((a, b) => b.coverage - a.coverage),
    hasVectors,
  };
}

/** Share of the page an image covers, 0..1. */
export function coverageOf(image: PlacedImage, page: LoadedPage): number {
  return shownArea(image.box, page) / (page.width * page.height);
}

function shownArea(box: Box, page: LoadedPage): number {
  const width = Math.min(box.x1, page.width) - Math.max(box.x0, 0);
  const height = Math.min(box.y1, page.height) - Math.max(box.y0, 0);
  return Math.max(0, width) * Math.max(0, height);
}

/** The finer of the image's two resolutions, in pixels per inch. */
export function dpiOf(image: PlacedImage): number {
  const across = image.width > 0 ? image.pixelWidth / image.width : 0;
  const down = image.height > 0 ? image.pixelHeight / image.height : 0;
  return Math.round(Math.max(across, down) * 72);
}
