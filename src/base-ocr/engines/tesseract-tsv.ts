import type { EngineBlock, EngineLine, PixelBox } from './ocr-engine.js';

/** Level of a row of tesseract's TSV. 1 is the page. */
const LEVEL = { block: 2, paragraph: 3, line: 4, word: 5 } as const;

/**
 * Reads tesseract's TSV output: a row for each block, paragraph, line and word, parents before children, with the columns
 * level, page, block, paragraph, line, word, left, top, width, height, confidence, text
 * (https://tesseract-ocr.github.io/tessdoc/Command-Line-Usage.html#tsv-output). A heading row is skipped. Rows without
 * words (pictures, rules) and empty words are left out.
 */
export function parseTsv(tsv: string): EngineBlock[] {
  const blocks: EngineBlock[] = [];
  let block: EngineBlock | undefined;
  let paragraph: EngineBlock['paragraphs'][number] | undefined;
  let line: EngineLine | undefined;

  for (const row of tsv.split('\n')) {
    const columns = row.split('\t');
    if (columns.length < 11) continue;
    switch (Number(columns[0])) {
      case LEVEL.block:
        block = { box: boxOf(columns), paragraphs: [] };
        blocks.push(block);
        break;
      case LEVEL.paragraph:
        paragraph = { box: boxOf(columns), lines: [] };
        block?.paragraphs.push(paragraph);
        break;
      case LEVEL.line:
        line = { box: boxOf(columns), words: [] };
        paragraph?.lines.push(line);
        break;
      case LEVEL.word: {
        const text = (columns[11] ?? '').trim();
        const confidence = Number(columns[10]);
        if (text !== '' && confidence >= 0)
          line?.words.push({ text, box: boxOf(columns), confidence: Math.min(100, confidence) });
        break;
      }
    }
  }
  return blocks.map(withoutEmpty).filter((found) => found.paragraphs.length > 0);
}

function boxOf(columns: string[]): PixelBox {
  const [left, top, width, height] = columns.slice(6, 10).map(Number) as [number, number, number, number];
  return { x0: left, y0: top, x1: left + width, y1: top + height };
}

function withoutEmpty(block: EngineBlock): EngineBlock {
  const paragraphs = block.paragraphs
    .map((paragraph) => ({ ...paragraph, lines: paragraph.lines.filter((line) => line.words.length > 0) }))
    .filter((paragraph) => paragraph.lines.length > 0);
  return { ...block, paragraphs };
}
