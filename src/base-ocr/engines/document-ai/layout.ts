import type { protos } from '@google-cloud/documentai';
import type { PixelBox } from '../ocr-engine.js';
import { aroundCorners } from '../remote/assemble.js';
import type { FoundBlock, FoundWord } from '../remote/found.js';
import { bySpans, type Span } from '../remote/by-spans.js';
import { badAnswer } from '../remote/remote-errors.js';
import { placesOn, type AskedPage } from './transforms.js';

type Document = protos.google.cloud.documentai.v1.IDocument;
type Page = protos.google.cloud.documentai.v1.Document.IPage;
type Layout = protos.google.cloud.documentai.v1.Document.Page.ILayout;

/**
 * The words on pages in Document AI's form: a page lists its blocks, paragraphs, lines and tokens side by side, and each says
 * which stretches of its document's text it covers.
 * https://cloud.google.com/document-ai/docs/reference/rest/v1/Document
 *
 * @param documents the answer: the pages in their order, in one document or in several
 * @param asked the pages it was asked about
 * @throws OcrError `engine_failed` when it is about other pages than these
 */
export function blocksOf(name: string, documents: readonly Document[], asked: readonly AskedPage[]): FoundBlock[][] {
  const found = documents.flatMap(({ text, pages }) => {
    // Offsets count characters, not the UTF-16 units of JavaScript.
    const characters = [...(text ?? '')];
    return (pages ?? []).map((page) => ({ page, characters }));
  });
  if (found.length !== asked.length) throw badAnswer(name, `${found.length} pages in it, not ${asked.length}`);
  return found.map(({ page, characters }, index) => blocksOfPage(page, characters, asked[index]!));
}

function blocksOfPage(page: Page, characters: readonly string[], asked: AskedPage): FoundBlock[] {
  const boxOf = boxesOn(page, asked);
  const words = (page.tokens ?? []).map(({ layout }) => ({
    at: spanOf(layout).start,
    word: {
      text: textOf(layout, characters),
      box: boxOf(layout),
      confidence: (layout?.confidence ?? 0) * 100,
    } satisfies FoundWord,
  }));
  return bySpans(words, { blocks: spansOf(page.blocks), paragraphs: spansOf(page.paragraphs), lines: spansOf(page.lines) });
}

function spansOf(parts: readonly { layout?: Layout | null }[] | null | undefined): Span[] {
  return (parts ?? []).map(({ layout }) => spanOf(layout));
}

function spanOf(layout: Layout | null | undefined): Span {
  const segments = layout?.textAnchor?.textSegments ?? [];
  return { start: Number(segments[0]?.startIndex ?? 0), end: Number(segments.at(-1)?.endIndex ?? 0) };
}

function textOf(layout: Layout | null | undefined, characters: readonly string[]): string {
  return (layout?.textAnchor?.textSegments ?? [])
    .map(({ startIndex, endIndex }) => characters.slice(Number(startIndex ?? 0), Number(endIndex ?? 0)).join(''))
    .join('')
    .trim();
}

/** Corners come as fractions of the page, or as pixels of it, as the service read it. Zeros may be left out. */
function boxesOn(page: Page, asked: AskedPage): (layout: Layout | null | undefined) => PixelBox {
  const place = placesOn(page, asked);
  const [width, height] = [page.dimension?.width || asked.image.width, page.dimension?.height || asked.image.height];
  return (layout) => {
    const { normalizedVertices, vertices } = layout?.boundingPoly ?? {};
    const fractions =
      (normalizedVertices?.length ?? 0) > 0
        ? (normalizedVertices ?? []).map(({ x, y }) => ({ x: x ?? 0, y: y ?? 0 }))
        : (vertices ?? []).map(({ x, y }) => ({ x: (x ?? 0) / width, y: (y ?? 0) / height }));
    return aroundCorners(fractions.map(place));
  };
}
