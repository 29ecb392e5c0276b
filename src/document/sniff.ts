import { open } from 'node:fs/promises';
import { OcrError } from '../errors/ocr-error.js';
import type { DocumentKind } from './document.types.js';

/** Readers accept a PDF whose header stands anywhere in its first kilobyte (ISO 32000-1, implementation note 13). */
const HEAD_BYTES = 1024;

/**
 * Tells the kind of a document by its content, whatever its name.
 * @throws OcrError document_not_found when it cannot be read, damaged_document when it is empty, unsupported_document
 *   when it is of no known kind
 */
export async function sniffKind(path: string): Promise<DocumentKind> {
  const head = await readHead(path);
  if (head.length === 0) throw new OcrError('damaged_document', { detail: 'The document is empty' });
  const kind = kindOf(head);
  if (kind === undefined) throw new OcrError('unsupported_document');
  return kind;
}

/** The kind a document's first kilobyte tells, or undefined. */
export function kindOf(head: Uint8Array): DocumentKind | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, HEAD_BYTES)).toString('latin1');
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (/^(II[*+]\0|MM\0[*+])/.test(text)) return 'tiff';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'webp';
  if (text.includes('%PDF-')) return 'pdf';
  return undefined;
}

async function readHead(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r');
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0);
      return head.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new OcrError('document_not_found', { cause: error });
  }
}
