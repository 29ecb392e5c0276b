import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Writes the parts one after the other as the output takes them, and ends it. See the contract of `Exporter`. */
export async function writeParts(parts: AsyncGenerator<string>, output: Writable, signal?: AbortSignal): Promise<void> {
  await pipeline(Readable.from(parts, { objectMode: false, encoding: 'utf8' }), output, { signal });
}
