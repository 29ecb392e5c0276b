import type { AnalyzeResultOutput, DocumentSpanOutput } from '@azure-rest/ai-document-intelligence';
import type { GrayImage } from '../../../document/document.types.js';
import { aroundCorners } from '../remote/assemble.js';
import type { FoundBlock } from '../remote/found.js';
import { bySpans, type Span } from '../remote/by-spans.js';
import { badAnswer } from '../remote/remote-errors.js';

type Size = Pick<GrayImage, 'width' | 'height'>;

/**
 * The words of an analysed page: words, lines and paragraphs stand side by side, each with its stretch of the content;
 * polygons are x and y in turns, in pixels of the image that was sent.
 * https://learn.microsoft.com/azure/ai-services/document-intelligence/concept/analyze-document-response
 */
export function blocksOf(name: string, { pages, paragraphs }: AnalyzeResultOutput, sent: Size, image: Size): FoundBlock[] {
  const page = pages?.[0];
  if (page === undefined) throw badAnswer(name, 'no page in it');
  const perX = image.width / (page.width ?? sent.width);
  const perY = image.height / (page.height ?? sent.height);
  const words = (page.words ?? []).map(({ content, polygon, span, confidence }) => ({
    at: span?.offset ?? 0,
    word: {
      text: content ?? '',
      box: aroundCorners(corners(polygon ?? []).map(({ x, y }) => ({ x: x * perX, y: y * perY }))),
      confidence: (confidence ?? 0) * 100,
    },
  }));
  return bySpans(words, {
    blocks: [],
    paragraphs: (paragraphs ?? []).map(({ spans }) => around(spans)),
    lines: (page.lines ?? []).map(({ spans }) => around(spans)),
  });
}

function corners(polygon: readonly number[]): { x: number; y: number }[] {
  return Array.from({ length: polygon.length >> 1 }, (_, i) => ({ x: polygon[2 * i] ?? NaN, y: polygon[2 * i + 1] ?? NaN }));
}

function around(spans: readonly DocumentSpanOutput[] = []): Span {
  const last = spans.at(-1);
  return { start: spans[0]?.offset ?? 0, end: last === undefined ? 0 : last.offset + last.length };
}
