import { retryAfterSeconds } from '../../../errors/retry-after.js';
import type { Readable } from 'node:stream';
import { persistently } from '../remote/persistently.js';
import { errorOfStatus } from '../remote/remote-errors.js';
import { within } from './calls.js';
import { errorOfDocumentAi } from './errors.js';

/** Sends a request with the credentials, and through the proxies, of the Document AI client. */
export type Send = (url: string, request: object) => Promise<{ status: number; headers: Headers; data: unknown }>;

interface StorageCall {
  readonly method?: 'POST' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  /** What is sent, afresh for each try. */
  readonly body?: () => Readable;
  /** Refusals that are fine. */
  readonly fine?: readonly number[];
  /** Seconds it may take. */
  readonly timeout?: number;
}

/** Seconds a call without a file to send may take. */
const TIMEOUT = 120;

/**
 * A folder in a bucket of Google Cloud Storage, through its JSON API (https://cloud.google.com/storage/docs/json_api): the handful of
 * calls a batch needs, each of which is made again while it fails for the moment. Names are relative to the folder. All throw OcrErrors, or the
 * signal's reason.
 */
export class BucketFolder {
  private readonly bucket: string;
  private readonly prefix: string;

  /**
   * @param provider API name of the provider it is used for: errors name it
   * @param uri `gs://bucket/folder`
   * @param endpoint address of the API
   * @param pauses seconds between the tries of a call
   */
  constructor(
    readonly provider: string,
    uri: string,
    private readonly endpoint: string,
    private readonly send: Send,
    private readonly pauses: readonly number[],
  ) {
    const [, , bucket, ...folders] = uri.split('/') as [string, string, string, ...string[]];
    this.bucket = bucket;
    this.prefix = folders
      .filter((folder) => folder !== '')
      .map((folder) => `${folder}/`)
      .join('');
  }

  /** The `gs://` address of a file. */
  addressOf(file: string): string {
    return `gs://${this.bucket}/${this.prefix}${file}`;
  }

  /** Puts a file of so many bytes there. */
  async upload(file: string, type: string, bytes: number, body: () => Readable, signal: AbortSignal): Promise<void> {
    const query = `uploadType=media&name=${encodeURIComponent(this.prefix + file)}`;
    const headers = { 'content-type': type, 'content-length': String(bytes) };
    const call: StorageCall = { method: 'POST', headers, body, timeout: Infinity };
    await this.call(`/upload/storage/v1/b/${this.bucket}/o?${query}`, call, signal);
  }

  /** The names of the files under one of its folders, in the order of their names. */
  async list(folder: string, signal: AbortSignal): Promise<string[]> {
    const names: string[] = [];
    let token = '';
    do {
      const query = new URLSearchParams({ prefix: this.prefix + folder, fields: 'items(name),nextPageToken' });
      if (token !== '') query.set('pageToken', token);
      const answer = await this.call(`/storage/v1/b/${this.bucket}/o?${query}`, {}, signal);
      const page = answer as { items?: { name: string }[]; nextPageToken?: string };
      names.push(...(page.items ?? []).map((item) => item.name.slice(this.prefix.length)));
      token = page.nextPageToken ?? '';
    } while (token !== '');
    return names.sort();
  }

  /** A file's content, which is JSON. */
  read(file: string, signal: AbortSignal): Promise<unknown> {
    return this.call(`${this.pathOf(file)}?alt=media`, {}, signal);
  }

  /** Deletes a file; one that is not there is gone already. */
  async remove(file: string, signal: AbortSignal): Promise<void> {
    await this.call(this.pathOf(file), { method: 'DELETE', fine: [404] }, signal);
  }

  private pathOf(file: string): string {
    return `/storage/v1/b/${this.bucket}/o/${encodeURIComponent(this.prefix + file)}`;
  }

  /** The answer, which is JSON; undefined when there is nothing in it. */
  private call(path: string, call: StorageCall, signal: AbortSignal): Promise<unknown> {
    return persistently(this.pauses, signal, async () => {
      try {
        return await within(this.provider, call.timeout ?? TIMEOUT, signal, (limited) => this.callOnce(path, call, limited));
      } catch (error) {
        throw errorOfDocumentAi(this.provider, error);
      }
    });
  }

  private async callOnce(path: string, { method, headers, body, fine = [] }: StorageCall, signal: AbortSignal): Promise<unknown> {
    const sent = body?.();
    const request = { method, headers, body: sent, signal, responseType: 'text', validateStatus: () => true };
    const answer = await this.send(`${this.endpoint}${path}`, request).finally(() => sent?.destroy());
    const text = String(answer.data);
    if ((answer.status >= 200 && answer.status < 300) || fine.includes(answer.status))
      return text === '' ? undefined : JSON.parse(text);
    const said = parsed(text) as { error?: { message?: string } } | undefined;
    const retryAfter = retryAfterSeconds(answer.headers.get('retry-after'));
    throw errorOfStatus(this.provider, answer.status, { retryAfter, message: said?.error?.message });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
