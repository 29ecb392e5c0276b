import { kindOf } from '../../document/sniff.js';
import { OcrError } from '../../errors/ocr-error.js';

/** As many bytes as the kind of a document is told by. */
const HEAD_BYTES = 1024;

/**
 * Hands a document's bytes on once its first kilobyte has told its kind: what is none never reaches the store.
 * @throws OcrError unsupported_document; damaged_document when it is empty; malformed_request when the body breaks off
 */
export async function* ofKnownKind(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const bytes of readable(body)) {
    if (head === undefined) {
      yield bytes;
      continue;
    }
    head = Buffer.concat([head, bytes]);
    if (head.length < HEAD_BYTES) continue;
    assertKnown(head);
    yield head;
    head = undefined;
  }
  if (head === undefined) return;
  assertKnown(head);
  yield head;
}

function assertKnown(head: Buffer): void {
  if (head.length === 0) throw new OcrError('damaged_document', { detail: 'The document is empty' });
  if (kindOf(head) === undefined) throw new OcrError('unsupported_document');
}

/** The errors of the form's parser are the caller's, not the store's. */
async function* readable(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch (error) {
    throw OcrError.from(error, 'malformed_request', { detail: 'The form breaks off in the middle of the file.' });
  }
}
