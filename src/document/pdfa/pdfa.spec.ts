import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PDFDocument, PDFName, PDFString, StandardFonts, type PDFContext, type PDFObject } from 'pdf-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleLine, samplePage } from '../../../test/support/sample-pages.js';
import { PdfiumPool } from '../pdfium/pdfium-pool.js';
import { sample, setContent, withShortLength } from '../testing/make-pdf.js';
import { writeSearchablePdf } from '../write/searchable-pdf.js';
import { isoDate } from './document-information.js';
import { checkPdfA } from './pdfa-check.js';
import { RULES } from './rules.js';
import { srgbProfile } from './srgb-profile.js';
import { writePdfA } from './write-pdfa.js';

let folder: string;
let pool: PdfiumPool;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pdfa-'));
  pool = new PdfiumPool({ size: 1, limits: { maxPages: 10_000, maxPixels: 1e8 } });
});

afterAll(async () => {
  await pool.close();
  await rm(folder, { recursive: true, force: true });
});

let made = 0;

async function converted(source: string | Uint8Array): Promise<string> {
  const input = typeof source === 'string' ? source : join(folder, `source-${++made}.pdf`);
  if (typeof source !== 'string') await writeFile(input, source);
  const output = join(folder, `result-${++made}.pdf`);
  await writePdfA({ source: { path: input }, output });
  return output;
}

async function pdf(change: (document: PDFDocument) => void | Promise<void>): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  document.addPage([612, 792]).drawRectangle({ x: 50, y: 50, width: 100, height: 50 });
  await change(document);
  return document.save({ useObjectStreams: false });
}

describe('PDF/A', () => {
  it('of scans with a text layer looks the same, says the same, and breaks no rule', async () => {
    const searchable = join(folder, 'searchable.pdf');
    const source = { path: sample('c02-22.pdf') };
    async function* pages() {
      yield samplePage(1, [sampleLine('Words of the layer', 50, 60)]);
    }
    await writeSearchablePdf({ source, output: searchable, pages: pages() });
    const path = await converted(searchable);
    expect(await checkPdfA(path)).toEqual([]);
    const render = (file: string) => pool.run({ op: 'render', pdf: { path: file }, page: 1, dpi: 100 });
    const [before, after] = [await render(source.path), await render(path)];
    expect(Buffer.from(after.data).equals(Buffer.from(before.data))).toBe(true);
    const blocks = await pool.run({ op: 'readText', pdf: { path }, page: 1, choice: 'invisible' });
    const words = blocks[0]?.paragraphs[0]?.lines[0]?.words.map((word) => word.text);
    expect(words).toEqual(['Words', 'of', 'the', 'layer']);
  });

  it.each(['multipage.pdf', 'loremipsum-flat.pdf'])('of %s keeps its pages', async (name) => {
    const path = await converted(sample(name));
    const { pageCount } = await pool.run({ op: 'open', pdf: { path: sample(name) } });
    expect((await pool.run({ op: 'open', pdf: { path } })).pageCount).toBe(pageCount);
  });

  it('keeps what the document says of itself, in both places', async () => {
    const path = await converted(
      await pdf((document) => {
        document.setTitle('Été & <hiver>');
        document.setAuthor('A. Author');
        document.setCreationDate(new Date('2024-05-06T07:08:09Z'));
      }),
    );
    const text = await readFile(path, 'utf8');
    expect(text).toContain('<rdf:li xml:lang="x-default">Été &amp; &lt;hiver&gt;</rdf:li>');
    expect(text).toContain('<xmp:CreateDate>2024-05-06T07:08:09Z</xmp:CreateDate>');
    expect(text).toContain('<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>');
    const reopened = await PDFDocument.load(await readFile(path), { updateMetadata: false });
    expect([reopened.getTitle(), reopened.getAuthor()]).toEqual(['Été & <hiver>', 'A. Author']);
    expect(reopened.getCreationDate()).toEqual(new Date('2024-05-06T07:08:09Z'));
  });

  it('takes out scripts, actions and printers’ hints, and makes links print', async () => {
    const path = await converted(
      await pdf((document) => {
        const { context } = document;
        const script = context.obj({ S: 'JavaScript', JS: PDFString.of('app.alert(1)') });
        document.catalog.set(PDFName.of('OpenAction'), script);
        document.catalog.set(PDFName.of('AA'), context.obj({ WC: script }));
        const page = document.getPage(0).node;
        page.set(PDFName.of('AA'), context.obj({ O: script }));
        const link = { Type: 'Annot', Subtype: 'Link', Rect: [0, 0, 9, 9], A: { S: 'Launch', F: PDFString.of('a.exe') } };
        page.set(PDFName.of('Annots'), context.obj([link]));
        page.Resources()?.set(PDFName.of('ExtGState'), context.obj({ G0: { Type: 'ExtGState', TR: PDFName.of('Identity') } }));
      }),
    );
    expect(await checkPdfA(path)).toEqual([]);
    expect(await readFile(path, 'latin1')).not.toMatch(/JavaScript|Launch|\/TR\b/);
  });

  it('gives forms and appearances without resources those of their page', async () => {
    const path = await converted(
      await pdf((document) => {
        const { context } = document;
        const form = (content: string) =>
          context.register(context.stream(content, { Type: 'XObject', Subtype: 'Form', BBox: [0, 0, 99, 99] }));
        const page = document.getPage(0);
        const image = context.stream(Uint8Array.of(0), { Subtype: 'Image', Width: 1, Height: 1, BitsPerComponent: 8 });
        image.dict.set(PDFName.of('ColorSpace'), PDFName.of('DeviceGray'));
        const inner = form('9 0 0 9 0 0 cm /I Do');
        page.node.set(
          PDFName.of('Resources'),
          context.obj({ XObject: { X: form('/Y Do'), Y: inner, I: context.register(image) } }),
        );
        setContent(document, page, '/X Do');
        const stamp = { Type: 'Annot', Subtype: 'Stamp', Rect: [0, 0, 9, 9], AP: { N: form('/I Do') } };
        page.node.set(PDFName.of('Annots'), context.obj([stamp]));
      }),
    );
    expect(await checkPdfA(path)).toEqual([]);
    const render = await pool.run({ op: 'render', pdf: { path }, page: 1, dpi: 72 });
    expect(render.data[788 * 612 + 4]).toBe(0);
  });

  it('lists all layers, in configurations of different names', async () => {
    const path = await converted(
      await pdf(({ context, catalog }) => {
        const layers = ['A', 'B'].map((name) => context.register(context.obj({ Type: 'OCG', Name: PDFString.of(name) })));
        const config = { Name: PDFString.of('x'), Order: [layers[0]!] };
        catalog.set(PDFName.of('OCProperties'), context.obj({ OCGs: layers, D: config, Configs: [{ Name: config.Name }] }));
      }),
    );
    expect(await checkPdfA(path)).toEqual([]);
    const text = await readFile(path, 'latin1');
    expect(text).toMatch(/\/Order\[\d+ 0 R \d+ 0 R\]/);
    expect(text).toContain('/Name<FEFF007800200032>');
  });

  it('holds no signature over other bytes, but its field', async () => {
    const path = await converted(
      await pdf((document) => {
        const { context } = document;
        const signature = context.register(context.obj({ Type: 'Sig', ByteRange: [0, 100, 200, 300] }));
        const field = { Type: 'Annot', Subtype: 'Widget', FT: 'Sig', T: PDFString.of('s'), V: signature, Rect: [0, 0, 0, 0] };
        const ref = context.register(context.obj(field));
        document.catalog.set(PDFName.of('AcroForm'), context.obj({ Fields: [ref], SigFlags: 3 }));
        document.catalog.set(PDFName.of('Perms'), context.obj({ DocMDP: signature }));
        document.getPage(0).node.set(PDFName.of('Annots'), context.obj([ref]));
      }),
    );
    expect(await checkPdfA(path)).toEqual([]);
    const text = await readFile(path, 'latin1');
    expect(text).not.toContain('/ByteRange');
    expect(text).toContain('/FT/Sig');
  });

  it('is made of a damaged document, too', async () => {
    const source = Buffer.from(await pdf(() => undefined));
    const path = await converted(Buffer.from(source.toString('latin1').replace(/startxref\n\d+/, 'startxref\n7'), 'latin1'));
    expect(await checkPdfA(path)).toEqual([]);
  });

  it('keeps all of a stream that is longer than it says, and its rules hold for all of it', async () => {
    const render = async (file: string) =>
      Buffer.from((await pool.run({ op: 'render', pdf: { path: file }, page: 1, dpi: 20 })).data);
    for (const [colour, isPossible] of [
      ['0 0 1 rg', true],
      ['0 0 0 1 k', false],
    ] as const) {
      const content = `0 0 99 99 re f ${colour} 200 200 99 99 re f`;
      const sound = await pdf((document) => setContent(document, document.getPage(0), content));
      const source = withShortLength(sound, content, colour);
      if (!isPossible) {
        await expect(converted(source)).rejects.toThrow(/DeviceCMYK/);
        continue;
      }
      const input = join(folder, 'sound.pdf');
      await writeFile(input, sound);
      const path = await converted(source);
      expect(await checkPdfA(path)).toEqual([]);
      expect((await render(path)).equals(await render(input))).toBe(true);
    }
  });
});

describe('a document that cannot conform', () => {
  const cases: [string, RegExp, (document: PDFDocument) => void | Promise<void>][] = [
    [
      'with a font that is not in it',
      /Helvetica is not embedded \(6\.2\.11\)/,
      async (document) => document.getPage(0).drawText('Text', { font: await document.embedFont(StandardFonts.Helvetica) }),
    ],
    ['with attachments', /attached \(6\.8\)/, (document) => document.attach(Buffer.from('x'), 'x.txt')],
    ['in CMYK', /DeviceCMYK \(6\.2\.4\)/, (document) => setContent(document, document.getPage(0), '0 0 0 1 k 0 0 9 9 re f')],
    ['with a hidden annotation', /hidden \(6\.3\)/, (document) => annotate(document, { Subtype: 'Link', F: 2 })],
    ['with a film', /annotation Movie \(6\.3\)/, (document) => annotate(document, { Subtype: 'Movie' })],
    ['with a note that has no appearance', /no appearance \(6\.3\)/, (document) => annotate(document, { Subtype: 'Text' })],
    [
      'with an unknown operator',
      /unknown operator \(6\.2\.2\)/,
      (document) => setContent(document, document.getPage(0), '1 2 foo'),
    ],
    [
      'with a font that is not in it in a form that takes it from its page',
      /Helvetica is not embedded \(6\.2\.11\)/,
      async (document) => {
        const form = document.context.stream('BT /F 9 Tf (x) Tj ET', { Type: 'XObject', Subtype: 'Form', BBox: [0, 0, 9, 9] });
        const [font, X] = [await document.embedFont(StandardFonts.Helvetica), document.context.register(form)];
        const resources = document.context.obj({ Font: { F: font.ref }, XObject: { X } });
        document.getPage(0).node.set(PDFName.of('Resources'), resources);
        setContent(document, document.getPage(0), '/X Do');
      },
    ],
    [
      'with a font that is not in it, set by a graphics state',
      /Helvetica is not embedded \(6\.2\.11\)/,
      async (document) => {
        const font = await document.embedFont(StandardFonts.Helvetica);
        resource(document, 'ExtGState', { Font: [font.ref, 9] });
        setContent(document, document.getPage(0), '/R gs BT (x) Tj ET');
      },
    ],
    [
      'with a form that shows text in a font of its page',
      /font its content does not name \(6\.2\.11\)/,
      (document) => {
        const form = document.context.stream('BT (x) Tj ET', { Type: 'XObject', Subtype: 'Form', BBox: [0, 0, 9, 9] });
        resource(document, 'XObject', document.context.register(form));
      },
    ],
    [
      'in CMYK by the name of a resource',
      /DeviceCMYK \(6\.2\.4\)/,
      (document) => {
        resource(document, 'ColorSpace', 'DeviceCMYK');
        setContent(document, document.getPage(0), '/R cs 0 0 0 1 sc');
      },
    ],
    [
      'with an image in CMYK, told elsewhere',
      /DeviceCMYK \(6\.2\.4\)/,
      (document) => {
        const ColorSpace = document.context.register(PDFName.of('DeviceCMYK'));
        const image = document.context.stream(new Uint8Array(4), { Subtype: 'Image', Width: 1, Height: 1, ColorSpace });
        resource(document, 'XObject', document.context.register(image));
      },
    ],
    [
      'with an inline image in CMYK',
      /DeviceCMYK \(6\.2\.4\)/,
      (document) => setContent(document, document.getPage(0), 'BI /W 1 /H 1 /BPC 8 /CS /CMYK ID abcd EI'),
    ],
    [
      'with a transfer function in a state that does not say what it is',
      /halftone \(6\.2\.5\)/,
      (document) => {
        resource(document, 'ExtGState', { HT: { Type: 'Halftone' } });
        setContent(document, document.getPage(0), '/R gs');
      },
    ],
    ['with an unknown resource', /not its own \(6\.2\.2\)/, (document) => setContent(document, document.getPage(0), '/No Do')],
    [
      'with half a byte in its content',
      /half a byte is missing \(6\.1\.6\)/,
      (document) => setContent(document, document.getPage(0), 'BT 3 Tr [<414> 1] TJ ET'),
    ],
    [
      'with a number beyond all bounds',
      /out of bounds \(6\.1\.13\)/,
      (document) => setContent(document, document.getPage(0), '9999999999 0 m'),
    ],
    [
      'with a string that is too long',
      /string is too long \(6\.1\.13\)/,
      ({ catalog }) => catalog.set(PDFName.of('X'), PDFString.of('x'.repeat(32_768))),
    ],
    [
      'with a CMap nobody knows',
      /neither embedded nor predefined \(6\.2\.11\)/,
      (document) => {
        const descendant = { Type: 'Font', Subtype: 'CIDFontType0', CIDSystemInfo: {} };
        resource(document, 'Font', { Type: 'Font', Subtype: 'Type0', Encoding: 'Mine-H', DescendantFonts: [descendant] });
        setContent(document, document.getPage(0), 'BT 3 Tr /R 9 Tf (x) Tj ET');
      },
    ],
    ['with a page beyond all sizes', /too large \(6\.1\.13\)/, (document) => document.getPage(0).setMediaBox(0, 0, 20_000, 10)],
  ];
  it.each(cases)('%s is refused, with the reason, and leaves nothing', async (_name, reason, change) => {
    const input = join(folder, 'refused.pdf');
    const output = join(folder, 'refused-result.pdf');
    await writeFile(input, await pdf(change));
    const writing = writePdfA({ source: { path: input }, output });
    await expect(writing).rejects.toMatchObject({
      code: 'pdfa_not_possible',
      retryable: false,
      message: expect.stringMatching(reason),
    });
    await expect(readFile(output)).rejects.toThrow('ENOENT');
  });

  it('that is past mending is refused, so that other results may be made of it', async () => {
    const input = join(folder, 'past-mending.pdf');
    await writeFile(input, '%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer\n<</Root 9 0 R>>\n');
    await expect(writePdfA({ source: { path: input }, output: join(folder, 'mended.pdf') })).rejects.toMatchObject({
      code: 'pdfa_not_possible',
      retryable: false,
      message: expect.stringContaining('the document is damaged'),
    });
  });

  it('because it is encrypted keeps its protection', async () => {
    const document = await PDFDocument.load(await pdf(() => undefined));
    document.encrypt({ userPassword: 'sesame', ownerPassword: 'owner' });
    const input = join(folder, 'encrypted.pdf');
    await writeFile(input, await document.save());
    const writing = writePdfA({ source: { path: input, password: 'sesame' }, output: join(folder, 'decrypted.pdf') });
    await expect(writing).rejects.toMatchObject({ code: 'pdfa_not_possible' });
  });

  /** Gives the page one resource, named R. */
  function resource(document: PDFDocument, category: string, value: PDFObject | string | object): void {
    const resources = document.context.obj({ [category]: { R: value } } as Parameters<PDFContext['obj']>[0]);
    document.getPage(0).node.set(PDFName.of('Resources'), resources);
  }

  function annotate(document: PDFDocument, annotation: Record<string, string | number>): void {
    const annotations = document.context.obj([{ Type: 'Annot', Rect: [10, 10, 90, 90], ...annotation }]);
    document.getPage(0).node.set(PDFName.of('Annots'), annotations);
  }
});

describe('the check', () => {
  /** Changes a conforming file's bytes, length kept, and tells the rules broken. */
  async function brokenBy(pattern: RegExp, replacement: string): Promise<string[]> {
    const path = await converted(await pdf((document) => document.setTitle('Title')));
    const text = await readFile(path, 'latin1');
    const changed = text.replace(pattern, replacement);
    expect(changed).not.toBe(text);
    expect(changed).toHaveLength(text.length);
    await writeFile(path, changed, 'latin1');
    return (await checkPdfA(path)).map(({ rule }) => rule);
  }

  it.each([
    ['6.1.2', /%\xe2\xe3\xcf\xd3/, '%abcd'],
    ['6.1.3', /\/ID\[/, '/IX['],
    ['6.2.3', /GTS_PDFA1/, 'GTS_PDFX1'],
    ['6.6', /<pdfaid:part>2/, '<pdfaid:part>1'],
    ['6.11', /\/OutputIntents/, '/Requirements '],
    ['6.1.7', /\/Length (\d)/, '/Length 1'],
  ])('sees a breach of rule %s', async (rule, pattern, replacement) => {
    expect(await brokenBy(pattern, replacement)).toContain(rule);
  });

  it('refuses what is no PDF', async () => {
    const path = join(folder, 'garbage.pdf');
    await writeFile(path, 'garbage');
    expect((await checkPdfA(path)).map(({ rule }) => rule)).toEqual(['6.1.7']);
  });

  it('has its rules listed in the documentation', async () => {
    const documentation = await readFile(new URL('../../../docs/formats.md', import.meta.url), 'utf8');
    for (const [rule, text] of Object.entries(RULES)) {
      expect(documentation).toMatch(
        new RegExp(`\\| ${rule.replaceAll('.', '\\.')} +\\| ${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')} +\\|`),
      );
    }
  });
});

describe('the colour profile', () => {
  it('is one of ICC version 2 with the white and the primaries of sRGB', () => {
    const profile = srgbProfile();
    expect(profile.readUInt32BE(0)).toBe(profile.length);
    expect(profile.toString('latin1', 12, 24)).toBe('mntrRGB XYZ ');
    const tags = Array.from({ length: profile.readUInt32BE(128) }, (_, i) => 132 + 12 * i);
    const sum = [0, 0, 0];
    for (const at of tags) {
      const [start, length] = [profile.readUInt32BE(at + 4), profile.readUInt32BE(at + 8)];
      expect(start % 4).toBe(0);
      expect(start + length).toBeLessThanOrEqual(profile.length);
      if (!/XYZ/.test(profile.toString('latin1', at, at + 4))) continue;
      for (const i of [0, 1, 2]) sum[i] = (sum[i] ?? 0) + profile.readInt32BE(start + 8 + 4 * i) / 65536;
    }
    // red, green and blue together are white
    [0.9642, 1, 0.8249].forEach((white, i) => expect(sum[i]).toBeCloseTo(white, 3));
  });
});

describe('dates', () => {
  it.each([
    ['D:20240506070809Z', '2024-05-06T07:08:09Z'],
    ["D:20240506070809+02'30'", '2024-05-06T07:08:09+02:30'],
    ['D:2024', '2024-01-01T00:00:00Z'],
    ['yesterday', null],
    ['D:20249999', null],
  ])('%s', (text, iso) => expect(isoDate(text)).toBe(iso));
});
