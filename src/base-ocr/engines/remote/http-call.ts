import type { IncomingMessage } from 'node:http';
import { isAbort, OcrError } from '../../../errors/ocr-error.js';
import { retryAfterSeconds } from '../../../errors/retry-after.js';
import { exchange } from '../../../network/http-exchange.js';
import { badAnswer, errorOfStatus, unreachable } from './remote-errors.js';

/** Most bytes read of an answer: the words of the fullest page are a fraction of it. */
const MOST_BYTES = 32 * 1024 ** 2;

/** A request to a service that answers JSON. */
export interface JsonCall {
  /** API name of the provider, for errors. */
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
  readonly signal: AbortSignal;
  /** Finds the service's own words in the body of a refusal. */
  messageOf(body: unknown): unknown;
}

/**
 * Posts to a service and reads its answer as JSON. Redirects are not followed: the page would go to another place than the
 * operator named. @throws OcrError engine_unavailable, engine_failed; or the signal's reason
 */
export async function postForJson({ name, url, headers, body, signal, messageOf }: JsonCall): Promise<unknown> {
  try {
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const answer = await exchange(new URL(url), { method: 'POST', headers: { ...headers, ...length }, body, signal });
    const status = answer.statusCode!;
    if (status < 200 || status > 299) {
      const said = parsed(await textOf(name, answer).catch(() => ''));
      const message = said === undefined ? undefined : messageOf(said);
      throw errorOfStatus(name, status, {
        retryAfter: retryAfterSeconds(answer.headers['retry-after']),
        message: typeof message === 'string' ? message : undefined,
      });
    }
    const json = parsed(await textOf(name, answer));
    if (json === undefined) throw badAnswer(name, 'it is no JSON');
    return json;
  } catch (error) {
    if (error instanceof OcrError) throw error;
    if (signal.aborted && isAbort(error)) throw signal.reason;
    throw unreachable(name, error);
  }
}

async function textOf(name: string, answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MOST_BYTES) throw badAnswer(name, `it is longer than ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
