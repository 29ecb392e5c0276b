import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { degrees, PDFDict, PDFDocument, PDFHexString, PDFName, PDFString, type PDFRef } from 'pdf-lib';
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasProgram } from '../../../test/support/programs.js';
import { around, overlap, sampleLine, samplePage } from '../../../test/support/sample-pages.js';
import { OcrError } from '../../errors/ocr-error.js';
import { wordsOf, type Box, type PageResult } from '../page-result.js';
import { PdfiumPool } from '../pdfium/pdfium-pool.js';
import { setContent, withShortLength } from '../testing/make-pdf.js';
import { writeSearchablePdf } from './searchable-pdf.js';
import type { PdfRescuer, PdfTextReader, WriteSearchablePdfRequest } from './searchable-pdf.types.js';
import { verifySearchablePdf } from './verify-searchable-pdf.js';

const DIRECT_PAGE = '<< /Type /Page /MediaBox [ 0 0 612 792 ] /Resources << >> >>';

let folder: string;
let pool: PdfiumPool;
let reader: PdfTextReader;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'searchable-pdf-'));
  pool = new PdfiumPool({ size: 1, limits: { maxPages: 10_000, maxPixels: 1e8 } });
  reader = {
    open: (pdf) => pool.run({ op: 'open', pdf }),
    readText: (pdf, page) => pool.run({ op: 'readText', pdf, page, choice: 'invisible' }),
  };
});

afterAll(async () => {
  await pool.close();
  await rm(folder, { recursive: true, force: true });
});

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** Writes `source` with layers for `pages`; gives the written bytes, and what the writer said of them. */
async function write(source: Uint8Array, pages: PageResult[], more: Partial<WriteSearchablePdfRequest> = {}) {
  const input = join(folder, `source-${Math.random()}.pdf`);
  const output = join(folder, `result-${Math.random()}.pdf`);
  await writeFile(input, source);
  const written = await writeSearchablePdf({ source: { path: input }, output, pages: each(pages), ...more });
  return { ...written, path: output, data: await readFile(output) };
}

/** The text of the layer alone, line by line. */
async function layerText(path: string, page = 1, password?: string): Promise<string[]> {
  const blocks = await reader.readText({ path, password }, page, { invisibleOnly: true });
  return blocks
    .flatMap((block) => block.paragraphs)
    .flatMap((p) => p.lines.map((line) => line.words.map((word) => word.text).join(' ')));
}

async function samplePdf(pages = 1, options: { useObjectStreams?: boolean } = {}): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  for (let i = 1; i <= pages; i++) pdf.addPage([612, 792]).drawText(`printed ${i}`, { x: 300, y: 50 });
  return pdf.save({ useObjectStreams: false, ...options });
}

/** A hybrid file (ISO 32000-1 §7.5.8.4): its table calls the page free, which a hidden stream says lies in an object stream. */
function hybridPdf(): Buffer {
  let file = '%PDF-1.5\n';
  const offsets: number[] = [];
  const add = (number: number, body: string) => {
    offsets[number] = file.length;
    file += `${number} 0 obj\n${body}\nendobj\n`;
  };
  const stream = (entries: string, data: string) => `<< ${entries} /Length ${data.length} >>\nstream\n${data}\nendstream`;
  add(1, '<< /Type /Catalog /Pages 2 0 R >>');
  add(2, '<< /Type /Pages /Kids [3 0 R] /Count 1 >>');
  add(4, stream('/Type /ObjStm /N 1 /First 4', '3 0 << /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>'));
  // number 3: type 2, in object stream 4, its first object
  add(5, stream('/Type /XRef /Size 6 /W [1 1 1] /Index [3 1]', '\x02\x04\x00'));
  const table = file.length;
  const used = (number: number) => `${String(offsets[number]).padStart(10, '0')} 00000 n \n`;
  file += `xref\n0 6\n0000000003 65535 f \n${used(1)}${used(2)}0000000000 00000 f \n${used(4)}${used(5)}`;
  file += `trailer\n<< /Size 6 /Root 1 0 R /XRefStm ${offsets[5]} >>\nstartxref\n${table}\n%%EOF\n`;
  return Buffer.from(file, 'latin1');
}

describe('an incremental update', () => {
  it('keeps the source byte for byte and appends a layer that reads back', async () => {
    for (const useObjectStreams of [false, true]) {
      const source = await samplePdf(3, { useObjectStreams });
      const result = await write(source, [
        samplePage(1, [sampleLine('one two', 50, 50)]),
        samplePage(3, [sampleLine('drei', 50, 50)]),
      ]);
      expect(result).toMatchObject({ strategy: 'incremental', layers: 2, bytes: result.data.length });
      expect(result.data.subarray(0, source.length).equals(source)).toBe(true);
      expect(await layerText(result.path, 1)).toEqual(['one two']);
      expect(await layerText(result.path, 2)).toEqual([]);
      expect(await layerText(result.path, 3)).toEqual(['drei']);
    }
  });

  it('can be applied to its own result', async () => {
    const first = await write(await samplePdf(2, { useObjectStreams: true }), [samplePage(1, [sampleLine('first', 50, 50)])]);
    const second = await write(first.data, [samplePage(2, [sampleLine('second', 50, 50)])]);
    expect(second.data.subarray(0, first.data.length).equals(first.data)).toBe(true);
    expect(await layerText(second.path, 1)).toEqual(['first']);
    expect(await layerText(second.path, 2)).toEqual(['second']);
  });

  it('finds what a hybrid file hides from old readers in a cross-reference stream', async () => {
    const source = hybridPdf();
    const result = await write(source, [samplePage(1, [sampleLine('hidden page', 50, 50)])]);
    expect(result.strategy).toBe('incremental');
    expect(result.data.subarray(0, source.length).equals(source)).toBe(true);
    expect(await layerText(result.path)).toEqual(['hidden page']);
  });

  it('is a plain copy when no page was recognised, or nothing on it', async () => {
    const source = await samplePdf();
    const result = await write(source, [samplePage(1, [sampleLine('own text', 1, 1)], { source: 'kept' })]);
    expect(result.data.equals(source)).toBe(true);
    expect(result.layers).toBe(0);
    const wordless = await write(source, [samplePage(1, [])]);
    expect(wordless.data.equals(source)).toBe(true);
    expect(wordless).toMatchObject({ layers: 0, bytes: source.length });
  });

  it('keeps metadata, bookmarks, links and attachments', async () => {
    const pdf = await PDFDocument.load(await samplePdf());
    pdf.setTitle('Title that stays');
    await pdf.attach(Buffer.from('attached'), 'note.txt');
    pdf.catalog.set(PDFName.of('Outlines'), pdf.context.register(pdf.context.obj({ Type: 'Outlines', Count: 0 })));
    const link = pdf.context.obj({
      Type: 'Annot',
      Subtype: 'Link',
      Rect: [0, 0, 9, 9],
      A: { S: 'URI', URI: PDFString.of('https://example.org') },
    });
    pdf.getPage(0).node.set(PDFName.of('Annots'), pdf.context.obj([pdf.context.register(link)]));
    const result = await write(await pdf.save(), [samplePage(1, [sampleLine('layer', 50, 50)])]);
    const reopened = await PDFDocument.load(result.data, { updateMetadata: false });
    expect(reopened.getTitle()).toBe('Title that stays');
    expect(reopened.catalog.lookup(PDFName.of('Outlines'), PDFDict).toString()).toContain('/Count 0');
    expect(reopened.getPage(0).node.Annots()?.lookup(0, PDFDict).toString()).toContain('https://example.org');
    expect(reopened.catalog.lookup(PDFName.of('Names'), PDFDict).has(PDFName.of('EmbeddedFiles'))).toBe(true);
  });

  it('never touches resources that pages share', async () => {
    const pdf = await PDFDocument.load(await samplePdf(3));
    const shared = pdf.context.register(pdf.getPage(0).node.Resources() ?? pdf.context.obj({}));
    for (const page of pdf.getPages()) page.node.delete(PDFName.of('Resources'));
    pdf.catalog.Pages().set(PDFName.of('Resources'), shared);
    const result = await write(
      await pdf.save({ useObjectStreams: false }),
      [1, 2].map((n) => samplePage(n, [sampleLine(`page ${n}`, 50, 50)])),
    );
    const reopened = await PDFDocument.load(result.data);
    const fonts = (n: number) =>
      reopened.getPage(n).node.Resources()?.lookup(PDFName.of('Font'), PDFDict).keys().map(String) ?? [];
    expect(fonts(0)).toContain('/Ocr0');
    expect(fonts(2).join(' ')).not.toContain('/Ocr');
    // the copy is shared as the original was
    expect(reopened.getPage(0).node.get(PDFName.of('Resources'))).toBe(reopened.getPage(1).node.get(PDFName.of('Resources')));
    expect(await layerText(result.path, 2)).toEqual(['page 2']);
  });

  it('takes a free name when the page knows its font name already', async () => {
    const first = await write(await samplePdf(), [samplePage(1, [sampleLine('first', 50, 50)])]);
    const second = await write(first.data, [samplePage(1, [sampleLine('second', 50, 90)])]);
    expect(await layerText(second.path)).toEqual(['second', 'first']);
  });

  it('works on pages with several content streams, one, or none, even with an unbalanced graphics state', async () => {
    const pdf = await PDFDocument.create();
    const stream = (content: string) => pdf.context.register(pdf.context.stream(content));
    const contents = [undefined, stream('q 5 0 0 5 100 100 cm'), pdf.context.obj([stream('Q Q 2 0 0 2 0 0 cm'), stream('q')])];
    for (const content of contents) {
      const page = pdf.addPage([612, 792]);
      if (content) page.node.set(PDFName.of('Contents'), content);
      else page.node.delete(PDFName.of('Contents'));
    }
    const line = sampleLine('steady', 50, 50);
    const result = await write(
      await pdf.save(),
      [1, 2, 3].map((n) => samplePage(n, [line])),
    );
    for (const n of [1, 2, 3]) {
      const [word] = wordsOf({ blocks: await reader.readText({ path: result.path }, n, { invisibleOnly: true }) });
      expect(word?.text).toBe('steady');
      expect(overlap(word?.box ?? line.box, line.box)).toBeGreaterThan(0.9);
    }
  });
});

describe('word boxes', () => {
  const crops = [null, [40, 60, 500, 700]] as const;
  const origins = [
    [0, 0],
    [-100, 250],
  ] as const;
  for (const rotation of [0, 90, 180, 270] as const)
    for (const crop of crops)
      for (const [left, bottom] of origins)
        for (const userUnit of [1, 2])
          it(`stand where the words are: rotated ${rotation}, ${crop ? 'cropped' : 'whole'}, origin ${left},${bottom}, unit ${userUnit}`, async () => {
            const pdf = await PDFDocument.create();
            const page = pdf.addPage([612, 792]);
            page.setRotation(degrees(rotation));
            page.setMediaBox(left, bottom, 612, 792);
            if (crop) page.setCropBox(left + crop[0], bottom + crop[1], crop[2] - crop[0], crop[3] - crop[1]);
            if (userUnit !== 1) page.node.set(PDFName.of('UserUnit'), pdf.context.obj(userUnit));
            const source = await pdf.save();
            const input = join(folder, 'geometry.pdf');
            await writeFile(input, source);
            const { width, height } = await pool.run({ op: 'content', pdf: { path: input }, page: 1 });
            const lines = [sampleLine('upper left corner', 20, 30), sampleLine('lower', width - 80, height - 60)];
            const result = await write(source, [samplePage(1, lines, { width, height, rotation })]);
            const words = [...wordsOf({ blocks: await reader.readText({ path: result.path }, 1, { invisibleOnly: true }) })];
            const expected = lines.flatMap((line) => line.words);
            expect(words.map((word) => word.text)).toEqual(expected.map((word) => word.text));
            words.forEach((word, i) => expect(overlap(word.box, expected[i]?.box ?? word.box)).toBeGreaterThan(0.9));
          });

  it('stand where the words are on pages whose /Rotate is no quarter turn', async () => {
    const pdf = await PDFDocument.create();
    pdf.addPage([612, 792]).node.set(PDFName.of('Rotate'), pdf.context.obj(45));
    const lines = [sampleLine('upper left corner', 20, 30)];
    const result = await write(await pdf.save(), [samplePage(1, lines)]);
    const words = [...wordsOf({ blocks: await reader.readText({ path: result.path }, 1, { invisibleOnly: true }) })];
    words.forEach((word, i) => expect(overlap(word.box, lines[0]!.words[i]!.box)).toBeGreaterThan(0.9));
    expect(words).toHaveLength(3);
  });

  it('has upright lines where they are seen, on a page that was turned to be read, too', async () => {
    for (const orientation of [90, 180, 270] as const) {
      const lines = [sampleLine('Annual Report', 250, 40), sampleLine('Page 7', 280, 740)];
      const { path } = await write(await samplePdf(), [samplePage(1, lines, { orientation })]);
      const words = [...wordsOf({ blocks: await pool.run({ op: 'readText', pdf: { path }, page: 1, choice: 'invisible' }) })];
      const boxes = lines.flatMap((line) => line.words.map((word) => word.box));
      expect(words.map(({ text }) => text)).toEqual(['Annual', 'Report', 'Page', '7']);
      words.forEach((word, i) => expect(overlap(word.box, boxes[i]!), word.text).toBeGreaterThan(0.9));
    }
  });

  it('follow lines that run down or up the page', async () => {
    for (const angle of [90, 180, 270] as const) {
      const boxes = sampleLine('turned text', 100, 100);
      const words = boxes.words.map(({ text, box }) => {
        const { x0, y0, x1, y1 } = box;
        const turned = {
          90: { x0: 600 - y1, x1: 600 - y0, y0: x0, y1: x1 },
          180: { x0: 600 - x1, x1: 600 - x0, y0: 700 - y1, y1: 700 - y0 },
          270: { x0: y0, x1: y1, y0: 700 - x1, y1: 700 - x0 },
        }[angle];
        return { text, confidence: 90, box: turned };
      });
      const result = await write(await samplePdf(), [samplePage(1, [{ box: words[0]?.box ?? boxes.box, words, angle }])]);
      const read = [...wordsOf({ blocks: await reader.readText({ path: result.path }, 1, { invisibleOnly: true }) })];
      for (const { text, box } of words) {
        const found = read.find((word) => word.text === text);
        expect(overlap(found?.box ?? around([]), box)).toBeGreaterThan(0.9);
      }
    }
  });

  it('keep their order on lines that stand upside down, whatever reads them', async () => {
    const upright = ['first line with a few words', 'second line, and the illicit widths'];
    const lines = upright.map((text, i) => {
      const { words, box } = sampleLine(text, 100, 100 + 20 * i, 12, i === 0 ? 6 : 7);
      const turn = ({ x0, y0, x1, y1 }: Box) => ({ x0: 600 - x1, x1: 600 - x0, y0: 700 - y1, y1: 700 - y0 });
      return { box: turn(box), angle: 180 as const, words: words.map((word) => ({ ...word, box: turn(word.box) })) };
    });
    const { path, data } = await write(await samplePdf(), [samplePage(1, lines)]);
    expect(await layerText(path)).toEqual(upright);
    const loaded = await getDocument({ data: new Uint8Array(data) }).promise;
    const { items } = await (await loaded.getPage(1)).getTextContent();
    expect(items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join('')).toContain(
      upright.join('\n'),
    );
    await loaded.destroy();
  });

  it('keep the order of lines that lie on their side, though each begins as high as the one before', async () => {
    const texts = ['first line of a', 'page', 'that was scanned', 'lying', 'on its side'];
    for (const angle of [90, 270] as const) {
      const lines = texts.map((text, i) => {
        const { words, box } = sampleLine(text, 100, 100 + 13 * i);
        const turn = ({ x0, y0, x1, y1 }: Box) =>
          angle === 90 ? { x0: 600 - y1, x1: 600 - y0, y0: x0, y1: x1 } : { x0: y0, x1: y1, y0: 700 - x1, y1: 700 - x0 };
        return { box: turn(box), angle, words: words.map((word) => ({ ...word, box: turn(word.box) })) };
      });
      const { path } = await write(await samplePdf(), [samplePage(1, lines)]);
      expect(await layerText(path), `turned by ${angle}`).toEqual(texts);
    }
  });

  it('keep leaning lines apart, though one begins as high as the one above ends', async () => {
    const text = 'a column that leans so much that its lines meet at';
    // lines 250 points long, 11 apart, and falling or rising by 8 to 14 on their way
    for (const fall of [8, 11, 14, -8, -11, -14]) {
      const lines = [0, 1, 2, 3, 4].map((row) => {
        const line = sampleLine(`${row}${text}`, 50, 100 + 11 * row, 8, 5);
        const words = line.words.map(({ box, ...word }) => {
          const drop = (((box.x0 + box.x1) / 2 - 50) / 250) * fall;
          return { ...word, box: { ...box, y0: box.y0 + drop, y1: box.y1 + drop } };
        });
        return { box: around(words.map((word) => word.box)), words };
      });
      const { path } = await write(await samplePdf(), [samplePage(1, lines)]);
      expect(await layerText(path), `falling by ${fall}`).toEqual([0, 1, 2, 3, 4].map((row) => `${row}${text}`));
    }
  });

  it('keep words apart whose boxes overlap, or lie within each other', async () => {
    const line = sampleLine('lui permet de penser la', 60, 100);
    const within = { ...line.words[3]!.box, x0: line.words[3]!.box.x1 - 8, x1: line.words[3]!.box.x1 - 2 };
    line.words.splice(4, 0, { text: 'à', box: within, confidence: 80 });
    line.words[5]!.box.x0 = line.words[3]!.box.x1 - 1;
    const { path } = await write(await samplePdf(), [samplePage(1, [line])]);
    expect(await layerText(path)).toEqual(['lui permet de penser à la']);
  });

  it('keep a leaning line together at the height of its words', async () => {
    const words = 'a line that leans over the whole page'.split(' ').map((text, i) => {
      const [x, y] = [50 + i * 60, 100 + i * 3];
      return { text, confidence: 90, box: { x0: x, y0: y, x1: x + 50, y1: y + 12 } };
    });
    const result = await write(await samplePdf(), [samplePage(1, [{ box: { x0: 50, y0: 100, x1: 520, y1: 133 }, words }])]);
    expect(result.data.toString('latin1')).not.toContain('NaN');
    expect(await layerText(result.path)).toEqual(['a line that leans over the whole page']);
    const read = [...wordsOf({ blocks: await reader.readText({ path: result.path }, 1, { invisibleOnly: true }) })];
    read.forEach((word, i) => expect(overlap(word.box, words[i]?.box ?? word.box)).toBeGreaterThan(0.6));
  });
});

describe('text of every script', () => {
  it.each([
    ['accents', "Où est l'été à la façade d'une œuvre naïve ?"],
    ['Greek and Cyrillic', 'Ελληνικά και русский текст'],
    ['delimiters of the file format', 'a(b) \\slash <c> [d] {e} /f %g )('],
    ['supplementary planes', 'smile 😀 𠀀𠀁 𝔘nicode 😀'],
    ['Chinese', '漢字 かな 한글'],
    ['characters whose code holds a line break', 'Ċ ഊ ਊ č'],
  ])('%s', async (_name, text) => {
    const result = await write(await samplePdf(), [samplePage(1, [sampleLine(text, 50, 50)])]);
    expect(await layerText(result.path)).toEqual([text]);
  });

  it('more characters than there are codes of one byte', async () => {
    const ideographs = String.fromCodePoint(...[...Array(500).keys()].map((i) => 0x4e00 + i));
    const text = `${ideographs.replace(/.{10}/gu, '$& ')}and Latin`;
    const result = await write(await samplePdf(), [samplePage(1, [sampleLine(text, 10, 50, 2, 1)])]);
    expect(await layerText(result.path)).toEqual([text]);
    const loaded = await getDocument({ data: new Uint8Array(result.data) }).promise;
    const { items } = await (await loaded.getPage(1)).getTextContent();
    expect(items.map((item) => ('str' in item ? item.str : '')).join('')).toContain(text);
    await loaded.destroy();
  });

  it('puts right-to-left words on paper so that they are read in logical order, whatever reads them', async () => {
    const texts = ['שלום עולם של ספרים', 'בשנת 1948 קמה המדינה', 'هذا كتاب جديد عن القراءة', 'في عام ١٢٣ كتب صفحة'];
    const lines = texts.map((text, i) => {
      // the engine gives words in reading order: the first one stands at the right; and they are of several heights
      const line = sampleLine(text.split(' ').reverse().join(' '), 50, 50 + 40 * i);
      line.words.reverse();
      line.words.forEach((word, n) => (word.box.y0 += n % 2 === 0 ? 0 : 4));
      return line;
    });
    const { path } = await write(await samplePdf(), [samplePage(1, lines)]);
    expect(await layerText(path)).toEqual(texts);
    if (!hasProgram('pdftotext')) return;
    const read = execFileSync('pdftotext', [path, '-'], { encoding: 'utf8' });
    // poppler marks directions, and takes the space before a number for one after it
    const plain = (text: string) => text.replace(/[\u200e\u200f\u202a-\u202e ]/g, '');
    const found = read.split('\n').map(plain);
    for (const text of texts) expect(found).toContain(plain(text));
  });
});

describe('a source that cannot be appended to', () => {
  it('is written anew when its cross-reference is damaged', async () => {
    const source = Buffer.from(await samplePdf(2));
    const damaged = Buffer.from(source.toString('latin1').replace(/startxref\n\d+/, 'startxref\n7'), 'latin1');
    const result = await write(damaged, [samplePage(2, [sampleLine('rescued text', 50, 50)])]);
    expect(result.strategy).toBe('rewrite');
    expect(await layerText(result.path, 2)).toEqual(['rescued text']);
    expect((await PDFDocument.load(result.data)).getPageCount()).toBe(2);
  });

  describe('and not even be parsed', () => {
    const rescuer: PdfRescuer = {
      writeAnew: async (pdf, output, how) => void (await pool.run({ op: 'save', pdf, output, how })),
    };
    const broken: [string, (sound: string) => string][] = [
      ['the trailer', (text) => text.replace(/trailer\s*<</, '$& /Something {')],
      // The page is no object of its own, as it has to be.
      ['the page tree', (text) => text.replace(/\/Kids \[ (\d+) 0 R \]/, `/Kids [ ${DIRECT_PAGE} ]`)],
    ];

    it.each(broken)('is written anew by the rescuer when %s is broken', async (_what, breaking) => {
      const sound = Buffer.from(await samplePdf()).toString('latin1');
      const damaged = Buffer.from(breaking(sound), 'latin1');
      expect(damaged.toString('latin1')).not.toBe(sound);
      const layers = [samplePage(1, [sampleLine('rescued text', 50, 50)])];
      await expect(write(damaged, layers)).rejects.toMatchObject({ code: 'merge_failed', retryable: false });
      const { path, strategy } = await write(damaged, layers, { rescuer });
      expect(strategy).toBe('rewrite');
      expect(await layerText(path)).toEqual(['rescued text']);
      expect(await reader.open({ path })).toMatchObject({ pageCount: 1 });
      const input = join(folder, 'broken.pdf');
      await writeFile(input, damaged);
      const render = async (file: string) =>
        Buffer.from((await pool.run({ op: 'render', pdf: { path: file }, page: 1, dpi: 40 })).data);
      expect((await render(path)).equals(await render(input))).toBe(true);
      if (hasProgram('qpdf')) execFileSync('qpdf', ['--check', path]);
    });

    it('is told by what failed first when the rescuer does not know better', async () => {
      const given: string[] = [];
      const helpless: PdfRescuer = {
        writeAnew: (_pdf, _output, how) => {
          given.push(how);
          return Promise.reject(new OcrError('damaged_document'));
        },
      };
      const garbage = Buffer.from('%PDF-1.3\nThis is not a PDF\n%%EOF');
      const writing = write(garbage, [samplePage(1, [sampleLine('x', 1, 1)])], { rescuer: helpless });
      await expect(writing).rejects.toMatchObject({ code: 'merge_failed', retryable: false });
      expect(given).toEqual(['whole', 'pages']);
    });

    it('is not written without its encryption', async () => {
      const pdf = await PDFDocument.load(await samplePdf());
      pdf.encrypt({ userPassword: '', ownerPassword: 'owner' });
      const input = join(folder, 'encrypted-for-rescue.pdf');
      await writeFile(input, await pdf.save());
      const saving = pool.run({ op: 'save', pdf: { path: input }, output: join(folder, 'open.pdf'), how: 'whole' });
      await expect(saving).rejects.toMatchObject({ code: 'merge_failed' });
    });
  });

  it('stays encrypted with the password that opened it', async () => {
    const pdf = await PDFDocument.load(await samplePdf());
    pdf.setTitle('Secret (title');
    pdf.encrypt({ userPassword: 'sesame', ownerPassword: 'owner', permissions: { copying: true, modifying: false } });
    const input = join(folder, 'encrypted.pdf');
    await writeFile(input, await pdf.save());
    const output = join(folder, 'encrypted-result.pdf');
    const pages = [samplePage(1, [sampleLine('secret words', 50, 50)])];
    await expect(writeSearchablePdf({ source: { path: input }, output, pages: each(pages) })).rejects.toMatchObject({
      code: 'password_required',
    });
    const written = await writeSearchablePdf({ source: { path: input, password: 'sesame' }, output, pages: each(pages) });
    expect(written.strategy).toBe('rewrite');
    await expect(reader.open({ path: output })).rejects.toMatchObject({ code: 'password_required' });
    expect(await layerText(output, 1, 'sesame')).toEqual(['secret words']);
    const reopened = await getDocument({ data: new Uint8Array(await readFile(output)), password: 'sesame' }).promise;
    expect(await reopened.getMetadata()).toMatchObject({ info: { Title: 'Secret (title' } });
    expect(await readFile(output, 'latin1')).not.toContain(PDFHexString.fromText('Secret (title').asString());
    await reopened.destroy();
  });

  it.each([
    ['AES-256', 'reader', 'öwner'],
    ['AES-256', '', 'öwner'],
    ['AES-128', 'reader', 'öwner'],
    ['RC4-40', 'réader', 'öwner'],
    ['RC4-40', '', 'öwner'],
    ['AES-128', '', undefined],
    ['AES-128', 'reader', 'reader'],
    ['RC4-128', '', undefined],
    ['RC4-40', '', undefined],
    ['RC4-40', 'réader', 'réader'],
  ] as const)('encrypted with %s for "%s", opened with "%s", opens as it did', async (algorithm, userPassword, password) => {
    const pdf = await PDFDocument.load(await samplePdf());
    pdf.encrypt({ userPassword, ownerPassword: 'öwner', algorithm, allowWeakCryptography: true, permissions: { copying: true } });
    const path = join(folder, 'for-readers.pdf');
    await writeFile(path, await pdf.save());
    const output = join(folder, 'for-readers-result.pdf');
    const pages = [samplePage(1, [sampleLine('secret words', 50, 50)])];
    await writeSearchablePdf({ source: { path, password }, output, pages: each(pages) });
    expect(await layerText(output, 1, userPassword)).toEqual(['secret words']);
    if (userPassword !== '') await expect(reader.open({ path: output })).rejects.toMatchObject({ code: 'password_required' });
    if (algorithm === 'AES-256' || password === 'öwner') expect(await layerText(output, 1, 'öwner')).toEqual(['secret words']);
    if (!hasProgram('qpdf')) return;
    const told = execFileSync('qpdf', ['--check', `--password=${userPassword}`, output], { encoding: 'utf8' });
    // Who reads does not become the owner: the permissions stay in force.
    expect(told).toContain('Supplied password is user password');
    expect(told).not.toContain('Supplied password is owner password');
  });

  it.each([
    // /O and /U by algorithms 3 and 4 of ISO 32000-1, for a reader without a password, the permissions -64, and no /ID
    [
      'owner',
      'c92422687facee686e373f10b5c7d04738053152f7e2ee30e11c69ec442576ab',
      'c215514d10f7bf087637c909fc9b27c91f6edb6e5a84147223e772571959b033',
    ],
    [
      '',
      '2055c756c72e1ad702608e8196acad447ad32d17cff583235f6dd15fed7dab67',
      'd60c7ac39c82963e74818dcc848abd9abbea1a9b086c76b69dd25543c499dc41',
    ],
  ])('stays encrypted when it has no /ID, for the owner "%s"', async (_owner, forOwner, forUser) => {
    const pdf = await PDFDocument.create({ updateMetadata: false });
    pdf.addPage([200, 100]);
    pdf.context.trailerInfo.Encrypt = pdf.context.register(
      pdf.context.obj({ Filter: 'Standard', V: 1, R: 2, O: PDFHexString.of(forOwner), U: PDFHexString.of(forUser), P: -64 }),
    );
    const path = join(folder, 'without-id.pdf');
    await writeFile(path, await pdf.save({ useObjectStreams: false }));
    expect(await readFile(path, 'latin1')).not.toContain('/ID');
    const output = join(folder, 'without-id-result.pdf');
    await writeSearchablePdf({ source: { path }, output, pages: each([samplePage(1, [sampleLine('secret words', 50, 50)])]) });
    expect(await layerText(output, 1)).toEqual(['secret words']);
    expect(await readFile(output, 'latin1')).toContain('/Encrypt');
  });

  it('is refused for good when nothing can read it, and leaves no file', async () => {
    const output = join(folder, 'garbage-result.pdf');
    const input = join(folder, 'garbage.pdf');
    await writeFile(input, '%PDF-1.3\nThis is not a PDF\n%%EOF');
    const writing = writeSearchablePdf({
      source: { path: input },
      output,
      pages: each([samplePage(1, [sampleLine('x', 1, 1)])]),
    });
    await expect(writing).rejects.toMatchObject({ code: 'merge_failed', retryable: false });
    await expect(readFile(output)).rejects.toThrow('ENOENT');
  });

  it('is refused, not followed for ever, when its page tree goes in a circle', async () => {
    const pdf = await PDFDocument.load(await samplePdf(2));
    const root = pdf.catalog.get(PDFName.of('Pages'))?.toString() ?? '';
    const second = pdf.getPage(1).ref.toString();
    expect(second).toHaveLength(root.length);
    const circular = Buffer.from(await samplePdf(2))
      .toString('latin1')
      .replace(` ${second} ]`, ` ${root} ]`);
    expect(circular).toContain(` ${root} ]`);
    const writing = write(Buffer.from(circular, 'latin1'), [samplePage(1, [sampleLine('x', 1, 1)])]);
    await expect(writing).rejects.toMatchObject({ code: 'merge_failed', retryable: false });
  });
});

describe('the results', () => {
  it('must be for pages there are, in rising order', async () => {
    const page = (n: number) => samplePage(n, [sampleLine('x', 50, 50)]);
    const source = await samplePdf(2);
    await expect(write(source, [page(3)])).rejects.toMatchObject({ code: 'merge_failed', page: 3 });
    await expect(write(source, [page(2), page(1)])).rejects.toMatchObject({ code: 'merge_failed', page: 1 });
  });

  it('are asked for one at a time, and no longer once the work is aborted', async () => {
    const abort = new AbortController();
    let asked = 0;
    async function* pages() {
      for (let n = 1; n <= 50; n++) {
        if (n === 5) abort.abort();
        asked = n;
        yield samplePage(n, [sampleLine('x', 50, 50)]);
      }
    }
    await expect(write(await samplePdf(50), [], { pages: pages(), signal: abort.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(asked).toBe(5);
  });
});

describe('redo', () => {
  it('takes the old layer off and keeps what can be seen', async () => {
    const first = await write(
      await samplePdf(2),
      [1, 2].map((n) => samplePage(n, [sampleLine(`old ${n}`, 50, 50)])),
    );
    const second = await write(first.data, [samplePage(1, [sampleLine('new', 50, 50)])], { stripInvisibleText: true });
    expect(await layerText(second.path, 1)).toEqual(['new']);
    expect(await layerText(second.path, 2)).toEqual(['old 2']);
    const visible = await pool.run({ op: 'readText', pdf: { path: second.path }, page: 1, choice: 'visible' });
    expect([...wordsOf({ blocks: visible })].map((word) => word.text)).toEqual(['printed', '1']);
  });

  it('keeps what can be seen of a stream that is longer than it says', async () => {
    const document = await PDFDocument.create();
    const page = document.addPage([300, 200]);
    const font = (await document.embedFont('Helvetica')).ref;
    page.node.set(PDFName.of('Resources'), document.context.obj({ Font: { H: font } }));
    const content = 'BT /H 12 Tf 3 Tr 20 20 Td (old) Tj ET BT /H 12 Tf 0 Tr 20 99 Td (stamp) Tj ET';
    setContent(document, page, content);
    const source = withShortLength(await document.save({ useObjectStreams: false }), content, 'BT /H 12 Tf 0 Tr');
    const { path } = await write(source, [samplePage(1, [sampleLine('new', 50, 50)])], { stripInvisibleText: true });
    expect(await layerText(path)).toEqual(['new']);
    const visible = await pool.run({ op: 'readText', pdf: { path }, page: 1, choice: 'visible' });
    expect([...wordsOf({ blocks: visible })].map((word) => word.text)).toEqual(['stamp']);
  });

  it('takes it off blank pages, too', async () => {
    const first = await write(await samplePdf(1), [samplePage(1, [sampleLine('old', 50, 50)])]);
    const blank = { ...samplePage(1, []), source: 'blank' as const };
    const second = await write(first.data, [blank], { stripInvisibleText: true });
    expect(await layerText(second.path)).toEqual([]);
    expect((await write(await samplePdf(1), [blank], { stripInvisibleText: true })).layers).toBe(0);
  });

  /** Two pages that draw `content` with a form F (and G, within it or beside it) and a font H. */
  async function pdfWithForms(content: string, forms: { F: string; G?: string }): Promise<Uint8Array> {
    const document = await PDFDocument.create();
    const { context } = document;
    const font = (await document.embedFont('Helvetica')).ref;
    const form = (data: string, XObject: Record<string, PDFRef>) =>
      context.register(
        context.stream(data, {
          Type: 'XObject',
          Subtype: 'Form',
          BBox: [0, 0, 612, 792],
          Resources: { XObject, Font: { H: font } },
        }),
      );
    const inner: Record<string, PDFRef> = forms.G === undefined ? {} : { G: form(forms.G, {}) };
    const resources = context.register(context.obj({ XObject: { F: form(forms.F, inner) }, Font: { H: font } }));
    for (const _ of [1, 2]) {
      const { node } = document.addPage([612, 792]);
      node.set(PDFName.of('Resources'), resources);
      node.set(PDFName.of('Contents'), context.register(context.stream(content)));
    }
    return document.save({ useObjectStreams: false });
  }

  const seen = 'BT 0 Tr /H 12 Tf 1 0 0 1 300 50 Tm (seen) Tj ET';
  it.each([
    ['in a form that holds more', '/F Do', { F: `${seen} BT 3 Tr /H 12 Tf 1 0 0 1 50 50 Tm (old) Tj ET` }],
    ['in a form within a form', '/F Do', { F: `${seen} /G Do`, G: `${seen} BT 3 Tr /H 12 Tf (old) Tj ET` }],
    ['in a form that is all invisible within a form', '/F Do', { F: `${seen} /G Do`, G: 'BT 3 Tr /H 12 Tf (old) Tj ET' }],
    ['in a form drawn in an invisible mode', '3 Tr /F Do', { F: `BT /H 12 Tf 1 0 0 1 50 50 Tm (old) Tj ET ${seen}` }],
  ])('takes it off %s, and leaves pages that were not read theirs', async (_where, content, forms) => {
    const source = await pdfWithForms(content, forms);
    const path = (await write(source, [samplePage(1, [sampleLine('new', 50, 50)])], { stripInvisibleText: true })).path;
    expect(await layerText(path, 1)).toEqual(['new']);
    expect(await layerText(path, 2)).toEqual(['old']);
    const visible = await pool.run({ op: 'readText', pdf: { path }, page: 1, choice: 'visible' });
    expect([...wordsOf({ blocks: visible })].map((word) => word.text)).toContain('seen');
  });
});

describe('the verification', () => {
  const text = 'every word of this line must come back from the page';

  it('passes what the writer wrote, hyphens and all', async () => {
    const pages = [
      samplePage(1, [sampleLine(text, 30, 50), sampleLine('a line with a hyph-', 30, 80), sampleLine('en, and more', 30, 110)]),
    ];
    const result = await write(await samplePdf(), pages);
    const request = { pdf: { path: result.path }, pageCount: 1, pages: each(pages), reader };
    expect(await verifySearchablePdf(request)).toBeUndefined();
  });

  it('tells the page that lost its text, and fails when the page count is wrong or the file does not open', async () => {
    const pages = [samplePage(1, [sampleLine(text, 30, 50)])];
    const source = await samplePdf();
    const result = await write(source, pages);
    const other = [samplePage(1, [sampleLine('something else entirely', 30, 50)])];
    const verify = (path: string, pageCount: number, expected = pages) =>
      verifySearchablePdf({ pdf: { path }, pageCount, pages: each(expected), reader });
    expect(await verify(result.path, 1, other)).toMatchObject({ code: 'verification_failed', page: 1 });
    await expect(verify(result.path, 2)).rejects.toMatchObject({ code: 'verification_failed' });
    await writeFile(join(folder, 'cut.pdf'), result.data.subarray(0, 40));
    await expect(verify(join(folder, 'cut.pdf'), 1)).rejects.toMatchObject({ code: 'verification_failed' });
  });
});
