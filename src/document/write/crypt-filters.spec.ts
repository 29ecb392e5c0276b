import { execFileSync } from 'node:child_process';
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  PDFContext,
  PDFDict,
  PDFDocument,
  PDFHexString,
  PDFName,
  PDFNull,
  PDFNumber,
  PDFRawStream,
  PDFRef,
  PDFStream,
  PDFString,
} from 'pdf-lib';
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasProgram } from '../../../test/support/programs.js';
import { sampleLine, samplePage } from '../../../test/support/sample-pages.js';
import { wordsOf, type PageResult } from '../page-result.js';
import { PdfiumPool } from '../pdfium/pdfium-pool.js';
import { writePdfA } from '../pdfa/write-pdfa.js';
import { isIdentity } from './crypt-filters.js';
import { optimizePdf } from './optimize-pdf.js';
import { fileKey, passwordEntriesOf, rc4 } from './passwords.js';
import { encipherStrings, hexString, mapStrings } from './pdf-strings.js';
import { writeSearchablePdf } from './searchable-pdf.js';

const NOTES = 'what is attached, and is nobody else’s business';
const METADATA = '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"/><?xpacket end="w"?>';

let folder: string;
let pool: PdfiumPool;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crypt-filters-'));
  pool = new PdfiumPool({ size: 1, limits: { maxPages: 100, maxPixels: 1e8 } });
});

afterAll(async () => {
  await pool.close();
  await rm(folder, { recursive: true, force: true });
});

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** A page with an attachment and metadata, neither of them enciphered yet. */
async function plainDocument(): Promise<PDFDocument> {
  const pdf = await PDFDocument.create();
  pdf.addPage([612, 792]).drawText('printed', { x: 300, y: 50 });
  await pdf.attach(Buffer.from(NOTES), 'notes.txt', { mimeType: 'text/plain' });
  const metadata = pdf.context.stream(METADATA, { Type: 'Metadata', Subtype: 'XML' });
  pdf.catalog.set(PDFName.of('Metadata'), pdf.context.register(metadata));
  return PDFDocument.load(await pdf.save({ useObjectStreams: false }), { updateMetadata: false });
}

/** The entries of an encryption dictionary of revision 6 for these passwords, and the key they hide. */
function passwordEntries(pdf: PDFDocument, userPassword: string) {
  pdf.encrypt({ userPassword, ownerPassword: 'owner' });
  const { trailerInfo } = pdf.context;
  const dict = pdf.context.lookup(trailerInfo.Encrypt, PDFDict);
  pdf.context.delete(trailerInfo.Encrypt as PDFRef);
  delete trailerInfo.Encrypt;
  pdf.context.security = undefined;
  const bytes = (name: string) => dict.lookup(PDFName.of(name), PDFString, PDFHexString).asBytes();
  const permissions = dict.lookup(PDFName.of('P'), PDFNumber);
  const strings = { O: bytes('O'), U: bytes('U'), OE: bytes('OE'), UE: bytes('UE'), Perms: bytes('Perms') };
  const key = fileKey(userPassword, { R: 6, ...strings, Length: 256, P: 0, ID: Buffer.alloc(0), EncryptMetadata: true });
  const hex = Object.entries(strings).map(([name, value]) => [name, PDFHexString.of(Buffer.from(value).toString('hex'))]);
  return { key: key!, entries: { ...Object.fromEntries(hex), P: permissions, R: 6, V: 5, Length: 256, Filter: 'Standard' } };
}

function streamsOf(pdf: PDFDocument, type: string): [PDFRef, PDFRawStream][] {
  return pdf.context
    .enumerateIndirectObjects()
    .flatMap(([ref, object]) =>
      object instanceof PDFRawStream && object.dict.get(PDFName.of('Type')) === PDFName.of(type) ? [[ref, object] as const] : [],
    )
    .map(([ref, stream]) => [ref, stream]);
}

function enciphered(key: Buffer, data: Uint8Array): Buffer {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  return Buffer.concat([iv, cipher.update(data), cipher.final()]);
}

/** Puts a crypt filter of its own before the stream's others. */
function nameFilter(pdf: PDFDocument, { dict }: PDFStream, name: 'StdCF' | 'Identity' | 'Other'): void {
  const filter = dict.get(PDFName.of('Filter'));
  dict.set(PDFName.of('Filter'), pdf.context.obj(filter ? ['Crypt', filter] : ['Crypt']));
  const parms = pdf.context.obj({ Type: 'CryptFilterDecodeParms', Name: name });
  dict.set(PDFName.of('DecodeParms'), pdf.context.obj(filter ? [parms, null] : [parms]));
}

const STANDARD_FILTER = { StdCF: { CFM: 'AESV3', AuthEvent: 'EFOpen', Length: 32 } };

/** A dictionary whose strings are literal ones, bytes of all kinds in them. */
function literally(pdf: PDFDocument, entries: Parameters<PDFContext['obj']>[0]): PDFDict {
  const dict = pdf.context.obj(entries) as unknown as PDFDict;
  return mapStrings(dict, (text) => {
    const bytes = Buffer.from(text.asBytes()).toString('latin1');
    return PDFString.of(bytes.replace(/[\\()]/g, '\\$&').replaceAll('\r', '\\r'));
  }) as PDFDict;
}

/** Everything in the clear but the attachment, which the password `attachment` opens. */
async function attachmentsOnly(
  options: { useObjectStreams?: boolean; named?: boolean; inTrailer?: boolean } = {},
): Promise<Buffer> {
  const pdf = await plainDocument();
  const { key, entries } = passwordEntries(pdf, 'attachment');
  for (const [, stream] of streamsOf(pdf, 'EmbeddedFile')) {
    stream.updateContents(enciphered(key, stream.contents));
    if (options.named ?? true) nameFilter(pdf, stream, 'StdCF');
  }
  for (const [, stream] of streamsOf(pdf, 'Metadata')) nameFilter(pdf, stream, 'Identity');
  const dict = { ...entries, CF: STANDARD_FILTER, StmF: 'Identity', StrF: 'Identity', EFF: 'StdCF' };
  pdf.context.trailerInfo.Encrypt = options.inTrailer ? literally(pdf, dict) : pdf.context.register(pdf.context.obj(dict));
  pdf.context.trailerInfo.ID = pdf.context.obj([PDFHexString.of('00'.repeat(16)), PDFHexString.of('11'.repeat(16))]);
  return Buffer.from(await pdf.save({ useObjectStreams: options.useObjectStreams ?? false, addDefaultPage: false }));
}

const PAGES: PageResult[] = [samplePage(1, [sampleLine('found words', 50, 50)])];

async function write(source: Uint8Array, more: { password?: string; stripInvisibleText?: boolean } = {}) {
  const { password, ...options } = more;
  const name = createHash('md5').update(source).digest('hex');
  const [input, output] = [join(folder, `${name}.pdf`), join(folder, `${name}-result.pdf`)];
  await writeFile(input, source);
  const written = await writeSearchablePdf({ source: { path: input, password }, output, pages: each(PAGES), ...options });
  return { ...written, path: output, data: await readFile(output) };
}

async function layerOf(path: string, password?: string): Promise<string> {
  const blocks = await pool.run({ op: 'readText', pdf: { path, password }, page: 1, choice: 'invisible' });
  return [...wordsOf({ blocks })].map((word) => word.text).join(' ');
}

/** What another reader finds of the attachment and the metadata. */
async function heldBy(data: Buffer, password: string) {
  const document = await getDocument({ data: new Uint8Array(data), password }).promise;
  const attachments = (await document.getAttachments()) as Record<string, { content: Uint8Array }> | null;
  const { metadata } = await document.getMetadata();
  await document.destroy();
  return {
    notes: Buffer.from(attachments?.['notes.txt']?.content ?? []).toString(),
    metadata: metadata?.getRaw() as string | undefined,
  };
}

/** What qpdf makes of the attachment; null where it is not there. */
function attachmentOf(path: string, password: string): string | null {
  if (!hasProgram('qpdf')) return null;
  execFileSync('qpdf', ['--check', `--password=${password}`, path]);
  return execFileSync('qpdf', [`--password=${password}`, '--show-attachment=notes.txt', path], { encoding: 'utf8' });
}

describe('a document whose attachments alone are enciphered', () => {
  it.each([
    ['with a cross-reference table', {}],
    ['with object streams', { useObjectStreams: true }],
    ['with the encryption dictionary in the trailer', { inTrailer: true }],
  ])('gets its layer without a password, %s', async (_form, options) => {
    const source = await attachmentsOnly(options);
    const { data, path, strategy } = await write(source);
    expect(strategy).toBe('incremental');
    expect(data.subarray(0, source.length).equals(source)).toBe(true);
    expect(await pool.run({ op: 'open', pdf: { path } })).toMatchObject({ pageCount: 1, encrypted: true });
    expect(await layerOf(path)).toBe('found words');
    expect(attachmentOf(path, 'attachment') ?? NOTES).toBe(NOTES);
  });

  it('loses its invisible text when asked to, as others do', async () => {
    const first = await write(await attachmentsOnly());
    const { path, strategy } = await write(first.data, { stripInvisibleText: true });
    expect(strategy).toBe('incremental');
    expect(await layerOf(path)).toBe('found words');
  });

  it.each([[true], [false]])('keeps them enciphered when it is damaged, too (with a filter of their own: %s)', async (named) => {
    const source = await attachmentsOnly({ named });
    const { path, strategy, data } = await write(Buffer.concat([Buffer.from('junk before the header\n'), source]));
    expect(strategy).toBe('rewrite');
    expect(await layerOf(path)).toBe('found words');
    expect(data.includes(NOTES)).toBe(false);
    // without a filter of its own qpdf takes an attachment for one in the clear
    if (named) expect(attachmentOf(path, 'attachment') ?? NOTES).toBe(NOTES);
  });

  it('is not written anew to make it smaller, nor as PDF/A', async () => {
    const path = join(folder, 'attachments-only.pdf');
    const source = await attachmentsOnly();
    await writeFile(path, source);
    expect(await optimizePdf(path)).toBe(source.length);
    expect((await readFile(path)).equals(source)).toBe(true);
    const making = writePdfA({ source: { path }, output: join(folder, 'attachments-only.pdfa.pdf') });
    await expect(making).rejects.toMatchObject({
      code: 'pdfa_not_possible',
      message: expect.stringContaining('it is encrypted'),
    });
  });
});

describe('an encrypted document whose streams have filters of their own', () => {
  /** All in AES-256 for the password `reader`, but what `inTheClear` names. */
  async function partlyClear(inTheClear: { named: 'Metadata' | 'EmbeddedFile' } | { entries: Record<string, unknown> }) {
    const pdf = await plainDocument();
    const { key, entries } = passwordEntries(pdf, 'reader');
    const more = 'entries' in inTheClear ? inTheClear.entries : {};
    const clearTypes = 'named' in inTheClear ? [inTheClear.named] : 'EFF' in more ? ['EmbeddedFile'] : ['Metadata'];
    for (const [, object] of pdf.context.enumerateIndirectObjects()) {
      if (!(object instanceof PDFStream)) continue;
      const isClear = clearTypes.some((type) => object.dict.get(PDFName.of('Type')) === PDFName.of(type));
      if (!isClear) object.updateContents(enciphered(key, object.getContents()));
      else if ('named' in inTheClear) nameFilter(pdf, object, 'Identity');
    }
    for (const [ref, object] of pdf.context.enumerateIndirectObjects())
      pdf.context.assign(
        ref,
        mapStrings(object, (text) => hexString(enciphered(key, text.asBytes()))),
      );
    const dict = { ...entries, CF: STANDARD_FILTER, StmF: 'StdCF', StrF: 'StdCF', ...more };
    pdf.context.trailerInfo.Encrypt = pdf.context.register(pdf.context.obj(dict as never));
    pdf.context.trailerInfo.ID = pdf.context.obj([PDFHexString.of('00'.repeat(16)), PDFHexString.of('11'.repeat(16))]);
    return Buffer.from(await pdf.save({ useObjectStreams: false, addDefaultPage: false }));
  }

  it.each([
    ['metadata that name none', { named: 'Metadata' }],
    ['an attachment that names none', { named: 'EmbeddedFile' }],
    ['metadata in the clear', { entries: { EncryptMetadata: false } }],
    ['attachments in the clear', { entries: { EFF: 'Identity' } }],
  ] as const)('keeps what they hold: %s', async (_what, inTheClear) => {
    const { data, path, strategy } = await write(await partlyClear(inTheClear), { password: 'reader' });
    expect(strategy).toBe('rewrite');
    expect(await layerOf(path, 'reader')).toBe('found words');
    expect(await heldBy(data, 'reader')).toMatchObject({ notes: NOTES, metadata: METADATA });
    expect(attachmentOf(path, 'reader') ?? NOTES).toBe(NOTES);
    expect(data.includes(NOTES)).toBe(false);
  });

  it.each([
    ['AES-128', 'V2'],
    ['RC4-128', 'AESV2'],
  ] as const)('keeps what they hold where all is in %s but an attachment in %s', async (algorithm, method) => {
    const plain = await plainDocument();
    plain.encrypt({ userPassword: 'reader', ownerPassword: 'owner', algorithm, allowWeakCryptography: true });
    encipherStrings(plain.context);
    const pdf = await PDFDocument.load(await plain.save({ useObjectStreams: false }), {
      ignoreEncryption: true,
      updateMetadata: false,
    });
    const { context } = pdf;
    const encrypt = context.lookup(context.trailerInfo.Encrypt, PDFDict);
    const usual = algorithm === 'AES-128' ? 'AESV2' : 'V2';
    const filters = { StdCF: { CFM: usual, Length: 16 }, Other: { CFM: method, Length: 16 } };
    const described = context.obj({ V: 4, R: 4, CF: filters, StmF: 'StdCF', StrF: 'StdCF' });
    for (const [name, value] of described.entries()) encrypt.set(name, value);
    for (const [ref, stream] of streamsOf(pdf, 'EmbeddedFile')) {
      const original = streamsOf(await plainDocument(), 'EmbeddedFile')[0]![1].contents;
      const key = fileKey('reader', passwordEntriesOf(encrypt, context.trailerInfo.ID))!;
      stream.updateContents(enciphered128(key, ref, method, original));
      nameFilter(pdf, stream, 'Other');
    }
    const source = Buffer.from(await pdf.save({ useObjectStreams: false, addDefaultPage: false }));
    const { data, path } = await write(source, { password: 'reader' });
    expect(attachmentOf(path.replace('-result', ''), 'reader') ?? NOTES, 'of the source').toBe(NOTES);
    expect(await layerOf(path, 'reader')).toBe('found words');
    expect(await heldBy(data, 'reader')).toMatchObject({ notes: NOTES, metadata: METADATA });
  });
});

/** Enciphers as keys of 128 bits want it (ISO 32000-1, algorithm 1). */
function enciphered128(key: Buffer, { objectNumber }: PDFRef, method: 'V2' | 'AESV2', data: Uint8Array): Uint8Array {
  const number = Buffer.from([objectNumber & 255, objectNumber >> 8, 0, 0, 0]);
  const salt = Buffer.from(method === 'AESV2' ? 'sAlT' : '');
  const own = createHash('md5')
    .update(Buffer.concat([key, number, salt]))
    .digest();
  if (method === 'V2') return rc4(own, data);
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-128-cbc', own, iv);
  return Buffer.concat([iv, cipher.update(data), cipher.final()]);
}

describe('isIdentity', () => {
  const context = PDFContext.create();
  it.each([
    ['no parameters', undefined, true],
    ['null', PDFNull, true],
    ['parameters without a name', context.obj({}), true],
    ['the name of it', context.obj({ Name: 'Identity' }), true],
    ['another name', context.obj({ Name: 'StdCF' }), false],
    ['parameters nobody has looked at', PDFRef.of(5), false],
  ])('takes %s for what it is', (_, parms, expected) => expect(isIdentity(parms)).toBe(expected));
});
