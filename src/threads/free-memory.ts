import { MessageChannel } from 'node:worker_threads';

/** Below this a buffer may be a piece of Node's shared pool, and costs V8 nothing. */
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
  // What is sent through a closed channel is let go of.
  if (buffer.byteLength >= LARGE && buffer instanceof ArrayBuffer) nowhere.postMessage(null, [buffer]);
}
