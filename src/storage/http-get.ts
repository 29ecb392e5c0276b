import { get as getPlainly, type IncomingMessage } from 'node:http';
import { get as getSecurely } from 'node:https';
import type { LookupFunction } from 'node:net';
import { addAbortSignal } from 'node:stream';

export interface HttpGetOptions {
  headers: Record<string, string>;
  /** Gives the addresses a host name's connection is made to. */
  lookup: LookupFunction;
  /** Ends the request, and the body as well once there is an answer. */
  signal: AbortSignal;
}

/**
 * Asks for an http(s) address on a connection of its own, which ends with the body; redirects are not followed. The body is an error
 * when it ends before all of it came.
 *
 * By node's own client on purpose: undici 7 ends the process when a server closes the connection while its body is read more slowly
 * than it comes, and undici 8 needs a newer node than we do.
 */
export function httpGet(url: URL, { headers, lookup, signal }: HttpGetOptions): Promise<IncomingMessage> {
  signal.throwIfAborted();
  const get = url.protocol === 'https:' ? getSecurely : getPlainly;
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, lookup, agent: false });
    const stop = () => request.destroy(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    // Stays on: an error may come after the answer, and would end the process unheard.
    request.on('error', reject);
    request.once('response', (response) => {
      // From here on the body is what is aborted: destroying the request would drop what came of it without an error.
      signal.removeEventListener('abort', stop);
      // A body that is not wanted is destroyed, which is an error to it.
      response.on('error', () => undefined);
      resolve(addAbortSignal(signal, response));
    });
    // An answer that switches protocols is neither a response nor an error.
    request.once('close', () => {
      signal.removeEventListener('abort', stop);
      reject(new Error('The connection ended without an answer'));
    });
  });
}
