import { MessageChannel } from 'node:worker_threads';

/** Bytes below which a buffer costs V8 nothing. */
const LARGE = 65_536;

const { port1: nowhere } = new MessageChannel();
nowhere.close();

/**
 * Gives an image's memory back at once. Left to V8, tens of megabytes a page bring about full collections, each of which goes through all of
 * the heap: a seventh of a second of processor time a page, and the memory meanwhile. The array is empty afterwards, and so is every other
 * that lies in the same buffer.
 *
 * For arrays that nobody uses any more, and nothing that goes on outside of JavaScript either: a file that is still being written, say. It must
 * not lie in WebAssembly's memory.
 */
export function freeMemory({ buffer }: Uint8Array): void {
  // One that is no larger may be Node's pool, in which others have their pieces.
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < LARGE || buffer.byteLength <= Buffer.poolSize) return;
  try {
    // What is sent through a closed channel is let go of.
    nowhere.postMessage(null, [buffer]);
  } catch {
    // It cannot be given away: V8 will see to it.
  }
}
