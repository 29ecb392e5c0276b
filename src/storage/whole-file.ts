import { createHash } from 'node:crypto';
import { createReadStream, type ReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

/** Bytes read at once of a file that is wanted whole: with 64 KB, Node's default, copying and hashing takes four times as long. */
export const READ_AT_ONCE = 1 << 20;

/** All bytes of a file, in large pieces. Errors come with the stream. */
export function readWhole(path: string): ReadStream {
  return createReadStream(path, { highWaterMark: READ_AT_ONCE });
}

/** A file's size in bytes and its hex SHA-256, read into one piece of memory again and again. Errors are those of the file system. */
export async function measureFile(path: string): Promise<{ size: number; sha256: string }> {
  const handle = await open(path, 'r');
  try {
    const hash = createHash('sha256');
    const piece = Buffer.allocUnsafeSlow(READ_AT_ONCE);
    for (let size = 0; ;) {
      const { bytesRead } = await handle.read(piece, 0, READ_AT_ONCE, size);
      if (bytesRead === 0) return { size, sha256: hash.digest('hex') };
      hash.update(piece.subarray(0, bytesRead));
      size += bytesRead;
    }
  } finally {
    await handle.close();
  }
}
