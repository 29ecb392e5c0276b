import type { Box, PageLine, PageResult } from '../../src/document/page-result.js';

/** One line of text whose words stand side by side from `x`, each `letterWidth` points a letter wide, `height` points high. */
export function sampleLine(text: string, x: number, y: number, height = 12, letterWidth = 6): PageLine {
  let at = x;
  const words = text.split(' ').map((word) => {
    const box = { x0: at, y0: y, x1: at + word.length * letterWidth, y1: y + height };
    at = box.x1 + letterWidth;
    return { text: word, box, confidence: 90 };
  });
  return { box: around(words.map((word) => word.box)), words };
}

/** A recognised page that holds these lines as one paragraph. */
export function samplePage(page: number, lines: PageLine[], facts: Partial<PageResult> = {}): PageResult {
  const box = around(lines.map((line) => line.box));
  return {
    page,
    width: 612,
    height: 792,
    rotation: 0,
    source: 'recognised',
    orientation: 0,
    skew: 0,
    confidence: lines.length > 0 ? 90 : null,
    dpi: 300,
    engine: { provider: 'tesseract_js', version: '7.0.0', language: 'eng' },
    duration_ms: 12,
    blocks: lines.length > 0 ? [{ box, paragraphs: [{ box, lines }] }] : [],
    ...facts,
  };
}

/** The smallest box around all of them. */
export function around(boxes: Box[]): Box {
  return {
    x0: Math.min(...boxes.map((box) => box.x0)),
    y0: Math.min(...boxes.map((box) => box.y0)),
    x1: Math.max(...boxes.map((box) => box.x1)),
    y1: Math.max(...boxes.map((box) => box.y1)),
  };
}

/** Shared area over the area of both, 0..1. */
export function overlap(a: Box, b: Box): number {
  const shared =
    Math.max(0, Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0)) * Math.max(0, Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0));
  const area = ({ x0, y0, x1, y1 }: Box) => (x1 - x0) * (y1 - y0);
  return shared / (area(a) + area(b) - shared);
}
