import type { v1 } from '@google-cloud/documentai';
import type { Settings } from '../../../config/settings.js';
import { OcrError } from '../../../errors/ocr-error.js';
import { bare, isConnectionError, unreachable } from '../remote/remote-errors.js';
import { unlessAborted } from '../remote/unless-aborted.js';
import { within } from './calls.js';

export type Client = v1.DocumentProcessorServiceClient;

export type ClientSettings = Pick<Settings, 'document_ai_processor' | 'document_ai_key_file' | 'document_ai_endpoint'>;

/** Seconds the loading of the client may take, and the look for its credentials. */
const START_TIMEOUT = 30;

/**
 * Google's client, over REST, through the proxy the environment names, with credentials that are there.
 * @param name API name of the provider
 * @throws OcrError `engine_unavailable`
 */
export async function startClient(name: string, settings: ClientSettings): Promise<Client> {
  try {
    return await within(name, START_TIMEOUT, new AbortController().signal, (signal) => unlessAborted(start(settings), signal));
  } catch (cause) {
    if (cause instanceof OcrError) throw cause;
    if (isConnectionError(cause)) throw unreachable(name, cause);
    const detail = `${name} has no usable credentials: see document_ai_key_file.`;
    throw new OcrError('engine_unavailable', { detail, cause: bare(cause) });
  }
}

async function start({ document_ai_processor, document_ai_key_file, document_ai_endpoint }: ClientSettings): Promise<Client> {
  const { v1: api } = await import('@google-cloud/documentai');
  const location = document_ai_processor?.split('/')[3];
  const url = new URL(document_ai_endpoint ?? `https://${location}-documentai.googleapis.com`);
  const client = new api.DocumentProcessorServiceClient({
    fallback: true,
    apiEndpoint: url.hostname,
    protocol: url.protocol.replace(':', ''),
    port: Number(url.port) || (url.protocol === 'http:' ? 80 : 443),
    keyFilename: document_ai_key_file,
  });
  await client.initialize();
  heedProxies(client.auth);
  // Credentials are tried out now, so that bad ones are known for what they are.
  await client.auth.getRequestHeaders(url.origin);
  return client;
}

/**
 * The client sends its requests by an agent of its own, which passes by the proxies of `HTTPS_PROXY` and `NO_PROXY`; without one they
 * are heeded.
 */
function heedProxies(auth: Client['auth']): void {
  const { fetch } = auth;
  auth.fetch = ((url: string, request?: object) =>
    fetch.call(auth, url, { ...request, agent: undefined } as object)) as typeof fetch;
}
