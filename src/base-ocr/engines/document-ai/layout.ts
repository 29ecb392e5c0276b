import type { protos } from '@google-cloud/documentai';
import type { GrayImage } from '../../../document/document.types.js';
import type { PixelBox } from '../ocr-engine.js';
import { aroundCorners } from '../remote/assemble.js';
import type { FoundBlock, FoundWord } from '../remote/found.js';
import { bySpans, type Span } from '../remote/by-spans.js';
import { badAnswer } from '../remote/remote-errors.js';

type Document = protos.google.cloud.documentai.v1.IDocument;
type Page = protos.google.cloud.documentai.v1.Document.IPage;
type Layout = protos.google.cloud.documentai.v1.Document.Page.ILayout;

/**
 * The words on pages in Document AI's form: a page lists its blocks, paragraphs, lines and tokens side by side, and each says
 * which stretches of its document's text it covers.
 * https://cloud.google.com/document-ai/docs/reference/rest/v1/Document
 *
 * @param documents the answer: the pages in their order, in one document or in several
 * @param images the pages it was asked about
 * @throws OcrError `engine_failed` when it is about other pages than these
 */
export function blocksOf(
  name: string,
  documents: readonly Document[],
  images: readonly Pick<GrayImage, 'width' | 'height'>[],
): FoundBlock[][] {
  const found = documents.flatMap(({ text, pages }) => {
    // Offsets count characters, not the UTF-16 units of JavaScript.
    const characters = [...(text ?? '')];
    return (pages ?? []).map((page) => ({ page, characters }));
  });
  if (found.length !== images.length) throw badAnswer(name, `${found.length} pages in it, not ${images.length}`);
  return found.map(({ page, characters }, index) => blocksOfPage(page, characters, images[index]!));
}

function blocksOfPage(page: Page, characters: readonly string[], image: Pick<GrayImage, 'width' | 'height'>): FoundBlock[] {
  const words = (page.tokens ?? []).map(({ layout }) => ({
    at: spanOf(layout).start,
    word: {
      text: textOf(layout, characters),
      box: boxOf(layout, page, image),
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

/** Corners come as fractions of the page, or as pixels of the page as the service took it. Zeros may be left out. */
function boxOf(
  layout: Layout | null | undefined,
  { dimension }: Page,
  { width, height }: Pick<GrayImage, 'width' | 'height'>,
): PixelBox {
  const { normalizedVertices, vertices } = layout?.boundingPoly ?? {};
  if ((normalizedVertices?.length ?? 0) > 0) {
    return aroundCorners((normalizedVertices ?? []).map(({ x, y }) => ({ x: (x ?? 0) * width, y: (y ?? 0) * height })));
  }
  const [perX, perY] = [width / (dimension?.width || width), height / (dimension?.height || height)];
  return aroundCorners((vertices ?? []).map(({ x, y }) => ({ x: (x ?? 0) * perX, y: (y ?? 0) * perY })));
}
