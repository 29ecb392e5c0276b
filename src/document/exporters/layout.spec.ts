import { describe, expect, it } from 'vitest';
import { altoFaults } from '../../../test/support/alto-schema.js';
import { hocrFaults } from '../../../test/support/hocr-rules.js';
import { sampleLine, samplePage } from '../../../test/support/sample-pages.js';
import { exportedText } from '../../../test/support/stored-pages.js';
import type { PageLine, PageParagraph, PageResult } from '../page-result.js';
import { findTables } from './find-table.js';

/** A page of paragraphs, in reading order. */
function pageOf(...paragraphs: PageLine[][]): PageResult {
  return pageOfAll(paragraphs);
}

/** The same of more paragraphs than a call takes arguments. */
function pageOfAll(paragraphs: readonly PageLine[][]): PageResult {
  const made: PageParagraph[] = paragraphs.map((lines) => ({ box: { x0: 0, y0: 0, x1: 600, y1: 700 }, lines }));
  return samplePage(1, [], { blocks: [{ box: { x0: 0, y0: 0, x1: 600, y1: 700 }, paragraphs: made }] });
}

const FACTS = {
  name: 'x',
  page_count: 1,
  language: 'eng',
  ocr_provider: 'test',
  created_at: '2026-01-01T00:00:00Z',
  options: {},
};

function exported(format: 'md' | 'hocr' | 'alto', page: PageResult): string {
  return exportedText(format, FACTS, [page]);
}

const BODY = Array.from({ length: 6 }, (_, i) => sampleLine('A line of the usual type that is read', 50, 300 + 14 * i));

describe('Markdown', () => {
  const md = (...paragraphs: PageLine[][]) => exported('md', pageOf(...paragraphs, BODY));

  it('takes no line of dashes for a rule', async () => {
    const text = await md([sampleLine('---', 50, 20)], [sampleLine('- ---', 50, 60)], [sampleLine('===', 50, 100)]);
    expect(text).toContain('\n\\---\n');
    expect(text).not.toMatch(/^(- )?[-=]{3}$/m);
  });

  it('tells headings by the height of their type, unless they are sentences', async () => {
    const text = await md(
      [sampleLine('Large Heading', 50, 20, 24)],
      [sampleLine('Small Heading', 50, 60, 17)],
      [sampleLine('A large sentence.', 50, 90, 24)],
    );
    expect(text).toContain('\n### Large Heading\n');
    expect(text).toContain('\n#### Small Heading\n');
    expect(text).toContain('\nA large sentence.\n');
  });

  it('makes words whole that were divided at a line’s end', async () => {
    const text = await md([
      sampleLine('an example of hyphen-', 50, 20),
      sampleLine('ation, and of Anglo-', 50, 34),
      sampleLine('Saxon names 1990-', 50, 48),
      sampleLine('1995', 50, 62),
    ]);
    expect(text).toContain('\nan example of hyphenation, and of Anglo- Saxon names 1990- 1995\n');
  });

  it('makes lists of lines with marks', async () => {
    const bullets = [sampleLine('• first item', 50, 20), sampleLine('goes on', 60, 34), sampleLine('• second', 50, 48)];
    const numbers = [sampleLine('3. third', 50, 80), sampleLine('4. fourth', 50, 94)];
    const text = await md(bullets, numbers);
    expect(text).toContain('\n- first item goes on\n- second\n');
    expect(text).toContain('\n3. third\n4. fourth\n');
  });

  it('makes one list of paragraphs with marks, misread ones too where there are several', async () => {
    const bullets = ['« first', '© second', '• third'].map((item, i) => [sampleLine(item, 50, 20 + 20 * i)]);
    const text = await md(...bullets, [sampleLine('« Alone, she said', 90, 100)]);
    expect(text).toContain('\n- first\n- second\n- third\n');
    expect(text).toContain('\n« Alone, she said\n');
  });

  it('takes numbers far from their text for those of a list, not of a table', async () => {
    const item = (number: string, text: string, y: number) => {
      const words = [...sampleLine(number, 50, y).words, ...sampleLine(text, 120, y).words];
      return { box: { x0: 50, y0: y, x1: 400, y1: y + 12 }, words };
    };
    const text = await md([item('(1)', 'first thing', 20), item('(2)', 'second thing', 34)]);
    expect(text).toContain('\n1. first thing\n2. second thing\n');
  });

  it('finds a list that begins within a paragraph, but not in a dash at a line’s start', async () => {
    const text = await md([sampleLine('What to do:', 50, 20), sampleLine('• rest', 50, 34), sampleLine('• eat', 50, 48)]);
    expect(text).toContain('\nWhat to do:\n\n- rest\n- eat\n');
    expect(await md([sampleLine('a thought', 50, 20), sampleLine('– and another', 50, 34)])).toContain(
      '\na thought – and another\n',
    );
  });

  it('goes on with a sentence that a column’s end broke off', async () => {
    const text = await md(
      [sampleLine('the sentence that ends in the', 50, 20), sampleLine('middle of the column has its', 50, 34)],
      [sampleLine('end in the next one.', 300, 20)],
      [sampleLine('short', 50, 80)],
      [sampleLine('and not gone on with', 50, 100)],
    );
    expect(text).toContain('\nthe sentence that ends in the middle of the column has its end in the next one.\n');
    expect(text).toContain('\nshort\n\nand not gone on with\n');
  });

  it('makes tables of lines whose cells are in columns, and of nothing else', async () => {
    const row = (y: number, ...cells: [string, number][]) => {
      const words = cells.flatMap(([cell, x]) => sampleLine(cell, x, y).words);
      return { box: { x0: 50, y0: y, x1: 500, y1: y + 12 }, words };
    };
    const table = [
      row(20, ['Item', 50], ['Price', 300]),
      row(34, ['Red | apples', 50], ['12', 318]),
      row(48, ['Pears', 50], ['7', 324]),
    ];
    const loose = [row(80, ['Left', 50], ['here', 300]), row(94, ['Right', 120], ['there', 450])];
    const text = await md(table, loose);
    expect(text).toContain('\n| Item | Price |\n| --- | --- |\n| Red \\| apples | 12 |\n| Pears | 7 |\n');
    expect(text).toContain('\nLeft here Right there\n');
    const apart = await md([row(20, ['Kind', 50], ['Weight', 200], ['Price', 300])], table.slice(1), loose);
    expect(apart, 'two columns under a head of three').not.toContain('Weight |');
  });

  it('makes one table of rows in several paragraphs, with cells left empty', async () => {
    const row = (y: number, ...cells: [string, number][]) => {
      const words = cells.flatMap(([cell, x]) => sampleLine(cell, x, y).words);
      return [{ box: { x0: 50, y0: y, x1: 500, y1: y + 12 }, words }];
    };
    const text = await md(
      row(20, ['Kind', 50], ['Weight', 200], ['Price', 300]),
      [...row(40, ['Apples', 50], ['3 kg', 200], ['12', 318]), ...row(58, ['Pears', 50], ['7', 324])],
      row(76, ['Plums', 50], ['5 kg', 200], ['4', 324]),
    );
    const rows = [
      '| Kind | Weight | Price |',
      '| --- | --- | --- |',
      '| Apples | 3 kg | 12 |',
      '| Pears |  | 7 |',
      '| Plums | 5 kg | 4 |',
    ];
    expect(text).toContain(`\n${rows.join('\n')}\n`);
  });

  it('takes a table of thousands of rows, some with cells left empty, for one', () => {
    const lines = Array.from({ length: 2000 }, (_, row) => {
      const cells = Array.from({ length: row % 3 === 2 ? 7 : 8 }, (_, column) => sampleLine(`${row}`, column * 70, row * 14));
      return { box: { x0: 0, y0: row * 14, x1: 560, y1: row * 14 + 12 }, words: cells.flatMap(({ words }) => words) };
    });
    // Rows compared with all rows before them, over and over, would take minutes.
    const [table, ...others] = findTables(lines, () => false);
    expect(others).toEqual([]);
    expect(table?.rows.map((row) => row.join(' '))).toEqual(
      lines.map(({ words }) => Array.from({ length: 8 }, (_, column) => words[column]?.text ?? '').join(' ')),
    );
  });
});

describe('baselines', () => {
  const line: PageLine = sampleLine('on gypsy in one net', 72, 72);
  // what hangs below the line does not move it
  line.words[1]!.box.y1 += 3;
  line.box.y1 += 3;

  it('are told in hOCR from the corner of the line’s box, in pixels', async () => {
    expect(exported('hocr', pageOf([line]))).toMatch(/ocr_line" id="line_1_1_1_1" title="bbox 300 300 \d+ 363; baseline 0 -12"/);
  });

  it('are told in ALTO as points', async () => {
    expect(exported('alto', pageOf([line]))).toMatch(/<TextLine [^>]* BASELINE="300,350 \d+,350">/);
  });

  it('are not told for lines that run down the page', async () => {
    expect(exported('hocr', pageOf([{ ...line, angle: 90 }]))).not.toContain('baseline');
  });
});

describe('ALTO', () => {
  it('is as its schema wants it, lines without words left out', async () => {
    const page = pageOf([sampleLine('two <words> & "more"', 72, 72), { box: { x0: 0, y0: 0, x1: 9, y1: 9 }, words: [] }], []);
    const alto = exported('alto', page);
    expect(altoFaults(alto)).toEqual([]);
    expect(alto.match(/<TextLine /g)).toHaveLength(1);
  });

  it('would be told where it is not', async () => {
    const alto = exported('alto', pageOf([sampleLine('two words', 72, 72)]));
    expect(altoFaults(alto.replace('WC="0.90"', 'WC="90"'))).toEqual(['String has WC="90"']);
    expect(altoFaults(alto.replace(/ CONTENT="\w+"/, ''))).toEqual(['String has no CONTENT']);
    expect(altoFaults(alto.replace('ID="string_1_1_1_1_2"', 'ID="string_1_1_1_1_1"'))).toEqual(['an ID is there twice']);
    expect(altoFaults(alto.replace('PROCESSING="OCR_0"', 'PROCESSING="OCR_1"'))).toEqual(['OCR_1 is no ID']);
    expect(altoFaults(alto.replace('<SP/>', '<SP/><SP/>'))).toEqual(['TextLine holds String SP SP String ']);
  });
});

describe('hOCR', () => {
  it('keeps to its specification', async () => {
    const hocr = exported('hocr', pageOf([sampleLine('two <words> & more', 72, 72)], []));
    expect(hocrFaults(hocr)).toEqual([]);
    expect(hocrFaults(hocr.replaceAll('ocr_par', 'ocr_carea'))).not.toEqual([]);
    expect(hocrFaults(hocr.replace('x_wconf 90', 'x_wconf 900'))).toEqual(['ocrx_word has x_wconf 900']);
  });
});

describe('pages of very many words', () => {
  const at = (x0: number, y0: number, texts: readonly string[], height = 10): PageLine => {
    const words = texts.map((text, i) => ({ text, confidence: 90, box: { x0: x0 + i, y0, x1: x0 + i + 1, y1: y0 + height } }));
    return { box: { x0, y0, x1: x0 + texts.length, y1: y0 + height }, words };
  };

  it.each(['md', 'hocr', 'alto'] as const)('are written as %s when all are in one line', async (format) => {
    const words = Array.from({ length: 200_000 }, (_, i) => `w${i}`);
    expect(exported(format, pageOf([at(0, 0, words)]))).toContain('w199999');
  });

  it('are written as Markdown when a sentence goes on through each of their paragraphs', async () => {
    const paragraphs = Array.from({ length: 150_000 }, (_, i) => [at(0, 12 * i, ['word'])]);
    expect(exported('md', pageOfAll(paragraphs))).toContain(Array.from({ length: 150_000 }, () => 'word').join(' '));
  });

  it('are written as Markdown when many begin with what may be a bullet', async () => {
    const lines = Array.from({ length: 150_000 }, (_, i) => [at(i, 12 * i, [i % 2 ? '«' : '•', 'item'], 0.5)]);
    expect(exported('md', pageOfAll(lines))).toMatch(/^- item$/m);
  });
});
