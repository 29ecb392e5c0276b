import { rm } from 'node:fs/promises';
import { PDFName, PDFString } from 'pdf-lib';
import { OcrError } from '../../errors/ocr-error.js';
import type { PdfFile } from '../document.types.js';
import { copyPdf } from '../write/copy-pdf.js';
import { PdfSource } from '../write/pdf-source.js';
import { rewritePdf } from '../write/rewrite-pdf.js';
import { UnreadablePdf } from '../write/unreadable-pdf.js';
import { conformObject } from './conform-object.js';
import { LentResources } from './lent-resources.js';
import { informationDict, readInformation } from './document-information.js';
import { checkPdfA } from './pdfa-check.js';
import { srgbProfile } from './srgb-profile.js';
import { xmpPacket } from './xmp.js';

/** Reasons named in an error; a document that breaks one rule often breaks it on every page. */
const REASONS_TOLD = 5;

/** A document's protection is its owner's wish, and PDF/A would take it off. */
const ENCRYPTED = 'it is encrypted (6.1.3)';

export interface WritePdfARequest {
  /** A searchable PDF. A damaged one is mended first; an encrypted one is refused. */
  readonly source: PdfFile;
  readonly output: string;
  readonly signal?: AbortSignal;
}

/**
 * Writes the document as PDF/A-2b: all of it anew, with metadata and an output intent, and without what PDF/A forbids and nobody sees. What is
 * seen is never changed: a document that cannot conform without (fonts that are not embedded, say) is refused. The result was checked.
 * @throws OcrError `pdfa_not_possible` with the reasons; the signal's reason. Nothing is then left at `output`.
 */
export async function writePdfA({ source, output, signal }: WritePdfARequest): Promise<void> {
  const plain = `${output}.plain`;
  try {
    if (!(await copyIfSound(source.path, output, signal))) {
      const reader = await rescued(source, plain, signal);
      await copyConforming(reader, output, signal).finally(() => reader.close());
    }
    const violations = await checkPdfA(output, { signal });
    if (violations.length > 0) throw notPossible(violations.map(({ rule, detail }) => `${detail} (${rule})`));
  } catch (error) {
    await rm(output, { force: true });
    if (signal?.aborted) throw signal.reason;
    if (error instanceof UnreadablePdf || isPastMending(error)) throw notPossible(['the document is damaged'], error);
    throw error;
  } finally {
    await rm(plain, { force: true });
  }
}

/** Whether it is what is told of a source that cannot be mended: other results may do without that. */
function isPastMending(error: unknown): boolean {
  return error instanceof OcrError && error.code === 'merge_failed' && !error.retryable;
}

function notPossible(reasons: readonly string[], cause?: unknown): OcrError {
  const told = reasons.slice(0, REASONS_TOLD);
  const more = reasons.length > told.length ? `; and ${reasons.length - told.length} more` : '';
  return new OcrError('pdfa_not_possible', { detail: `The document cannot become PDF/A: ${told.join('; ')}${more}`, cause });
}

/** @returns false when the document is damaged */
async function copyIfSound(path: string, output: string, signal?: AbortSignal): Promise<boolean> {
  let reader: PdfSource | null = null;
  try {
    reader = await openUnprotected(path);
    await copyConforming(reader, output, signal);
    return true;
  } catch (error) {
    if (error instanceof UnreadablePdf) return false;
    throw error;
  } finally {
    await reader?.close();
  }
}

async function rescued(file: PdfFile, plain: string, signal?: AbortSignal): Promise<PdfSource> {
  const { encryption } = await rewritePdf(file, plain, signal);
  if (encryption) throw notPossible([ENCRYPTED]);
  return openUnprotected(plain);
}

/** @throws OcrError `pdfa_not_possible` when streams of it are enciphered */
async function openUnprotected(path: string): Promise<PdfSource> {
  const reader = await PdfSource.open(path);
  if (!reader.isEncrypted) return reader;
  await reader.close();
  throw notPossible([ENCRYPTED]);
}

async function copyConforming(source: PdfSource, output: string, signal?: AbortSignal): Promise<void> {
  const info = await readInformation(source);
  const lent = await LentResources.of(source, signal);
  await copyPdf(source, {
    output,
    signal,
    change: async (object, ref) => {
      lent.addTo(object, ref);
      await conformObject(object, source);
    },
    finish: async (catalog, { file, reserve }) => {
      const [metadata, profile, information] = [reserve(), reserve(), reserve()];
      const packet = xmpPacket(info);
      // in the clear, so that programs that know nothing of PDF find it
      const plain = file.dict({ Type: 'Metadata', Subtype: 'XML', Length: packet.length });
      await file.writePacked(metadata, plain, once(packet));
      await file.writeStream(profile, srgbProfile(), { N: 3 });
      await file.writeObject(information, informationDict(info, file.context));
      const intent = file.dict({
        Type: 'OutputIntent',
        S: 'GTS_PDFA1',
        OutputConditionIdentifier: PDFString.of('sRGB IEC61966-2.1'),
        RegistryName: PDFString.of('http://www.color.org'),
        Info: PDFString.of('sRGB IEC61966-2.1'),
        DestOutputProfile: profile,
      });
      catalog.set(PDFName.of('Metadata'), metadata);
      catalog.set(PDFName.of('OutputIntents'), file.context.obj([intent]));
      return { info: information };
    },
  });
}

async function* once(data: Buffer): AsyncGenerator<Buffer> {
  yield data;
}
