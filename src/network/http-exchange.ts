import { request as requestPlainly, type IncomingMessage } from 'node:http';
import { request as requestSecurely } from 'node:https';
import type { LookupFunction } from 'node:net';
import { addAbortSignal } from 'node:stream';

/** A request over http(s). */
export interface HttpRequest {
  /** Default: GET. */
  method?: 'GET' | 'POST';
  headers: Readonly<Record<string, string>>;
  body?: Buffer | string;
  /** Gives the addresses a host name's connection is made to; absent: those the system knows. */
  lookup?: LookupFunction;
  /** Ends the request, and the body as well once there is an answer. */
  signal: AbortSignal;
}

/**
 * Asks an http(s) address on a connection of its own, which ends with the body: none is met that the other side is about to close.
 * Redirects are not followed. The body of the answer is an error when it ends before all of it came.
 *
 * By node's own client on purpose: undici 7, which is also what `fetch` is in newer versions of node, ends the process when a server closes the
 * connection while its body is read more slowly than it comes, and undici 8 needs a newer node than we do.
 */
export function exchange(url: URL, { method = 'GET', headers, body, lookup, signal }: HttpRequest): Promise<IncomingMessage> {
  signal.throwIfAborted();
  const send = url.protocol === 'https:' ? requestSecurely : requestPlainly;
  return new Promise((resolve, reject) => {
    const request = send(url, { method, headers, lookup, agent: false });
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
    request.end(body);
  });
}
