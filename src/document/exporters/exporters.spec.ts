import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { sampleLine, samplePage } from '../../../test/support/sample-pages.js';
import { exportedText } from '../../../test/support/stored-pages.js';
import type { DocumentFacts, ExportPage, FailedPage } from './exporter.js';
import { EXPORT_FORMATS, EXPORTERS, isExportFormat } from './exporters.js';

const FAILED: FailedPage = { page: 2, code: 'engine_failed', phase: 'recognise', message: 'The engine <failed> & gave up' };
const BLANK = samplePage(3, [], { source: 'blank', engine: null, confidence: null, dpi: null });
const FIRST = samplePage(1, [sampleLine('Où est <l\'été> & "la" suite', 72, 36), { ...sampleLine('turned', 72, 72), angle: 90 }]);
const LAST = samplePage(4, [sampleLine('- 1. *fin*', 72, 36)], { source: 'kept', dpi: null, engine: null });

const FACTS: DocumentFacts = {
  task_id: '0190d3a5-7e1c-7cc0-8000-000000000000',
  name: 'scan <1> & co.pdf',
  page_count: 4,
  language: 'fra',
  ocr_provider: 'tesseract_js',
  created_at: '2026-01-02T03:04:05.000Z',
  options: { mode: 'skip_text' },
};

function exported(format: keyof typeof EXPORTERS, pages: readonly ExportPage[] = [FIRST, FAILED, BLANK, LAST]): string {
  return exportedText(format, FACTS, pages);
}

/** Names of elements in the order they close; throws when they do not nest. */
function elementsOf(xml: string): string[] {
  const open: string[] = [];
  const closed: string[] = [];
  const rest = xml.replace(/<\?.*?\?>|<!DOCTYPE[^>]*>|<!--.*?-->/gs, '');
  for (const [, slash, name = '', , selfClosing] of rest.matchAll(/<(\/?)([\w:]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g)) {
    if (slash && open.pop() !== name) throw new Error(`</${name}> closes nothing`);
    if (!slash && !selfClosing) open.push(name);
    if (slash || selfClosing) closed.push(name);
  }
  if (open.length > 0) throw new Error(`<${open.at(-1)}> is never closed`);
  if (/[<]/.test(rest.replace(/<(\/?)([\w:]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g, '')))
    throw new Error('A < stands for itself');
  return closed;
}

describe('every exporter', () => {
  it('is registered under its own format', () => {
    for (const format of EXPORT_FORMATS) expect(EXPORTERS[format].format).toBe(format);
    expect(isExportFormat('alto')).toBe(true);
    expect(isExportFormat('toString')).toBe(false);
  });
});

describe('txt', () => {
  it('separates pages by form feeds and keeps the place of failed and blank ones', () => {
    expect(exported('txt')).toBe('Où est <l\'été> & "la" suite\nturned\n\f\f\f- 1. *fin*\n');
  });
});

describe('json', () => {
  it('validates against the published schema', async () => {
    const schema = JSON.parse(await readFile('docs/schema/result.schema.json', 'utf8')) as object;
    const validate = new Ajv2020({
      formats: { 'date-time': (text: string) => !Number.isNaN(Date.parse(text)) },
      allowUnionTypes: true,
    }).compile(schema);
    const result = JSON.parse(exported('json')) as { pages: unknown[]; failed_pages: unknown[] };
    expect(validate(result), JSON.stringify(validate.errors)).toBe(true);
    expect(result.pages).toEqual([FIRST, BLANK, LAST]);
    expect(result.failed_pages).toEqual([FAILED]);
    expect(validate({ ...result, failed_pages: [{ page: 0 }] })).toBe(false);
    expect(validate(JSON.parse(exported('json', [])))).toBe(true);
  });
});

describe('hocr', () => {
  it('is well formed and measures in pixels of the image the engine saw', () => {
    const hocr = exported('hocr');
    expect(elementsOf(hocr).at(-1)).toBe('html');
    expect(hocr).toContain('title="bbox 0 0 2550 3300; ppageno 0; scan_res 300 300"');
    expect(hocr).toContain('<span class="ocrx_word" id="word_1_1_1_1_1" title="bbox 300 150 350 200; x_wconf 90">Où</span>');
    expect(hocr).toContain('&lt;l&#39;été&gt;');
    expect(hocr).toContain('; textangle 270');
    expect(hocr.match(/class="ocr_page"/g)).toHaveLength(4);
  });
});

describe('alto', () => {
  it('is well formed, with one page each and confidences from 0 to 1', () => {
    const alto = exported('alto');
    expect(elementsOf(alto).filter((name) => name === 'Page')).toHaveLength(4);
    expect(alto).toContain('<String ID="string_1_1_1_1_1" HPOS="300" VPOS="150" WIDTH="50" HEIGHT="50" CONTENT="Où" WC="0.90"/>');
    const ids = [...alto.matchAll(/ ID="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('tsv', () => {
  it("has tesseract's columns, one row each page, block, paragraph, line and word", () => {
    const rows = exported('tsv')
      .trimEnd()
      .split('\n')
      .map((row) => row.split('\t'));
    expect(rows.every((row) => row.length === 12)).toBe(true);
    expect(rows[0]?.slice(0, 6)).toEqual(['level', 'page_num', 'block_num', 'par_num', 'line_num', 'word_num']);
    expect(rows[5]).toEqual(['5', '1', '1', '1', '1', '1', '300', '150', '50', '50', '90.00', 'Où']);
    expect(rows.filter(([level]) => level === '1').map(([, page]) => page)).toEqual(['1', '3', '4']);
  });
});

describe('md', () => {
  it('means what stands there, and says why a page has no text', () => {
    const md = exported('md');
    expect(md).toContain('# scan \\<1\\> \\& co.pdf\n');
    expect(md).toContain('\n## Page 2\n\n*No text: The engine \\<failed\\> \\& gave up (`engine_failed`).*\n');
    expect(md).toContain('\n- 1\\. \\*fin\\*\n');
  });
});
