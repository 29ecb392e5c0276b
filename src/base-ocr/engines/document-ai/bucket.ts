import { openAsBlob } from 'node:fs';
import { badAnswer, errorOfStatus, isConnectionError, retryAfterSeconds, unreachable } from '../remote/remote-errors.js';

/** Gives the headers that prove who asks. */
export type Credentials = (url: string) => Promise<Headers>;

/**
 * A folder in a bucket of Google Cloud Storage, through its JSON API (https://cloud.google.com/storage/docs/json_api): the handful of
 * calls a batch needs, with the credentials of the Document AI client. Names are relative to the folder.
 */
export class BucketFolder {
  private readonly bucket: string;
  private readonly prefix: string;

  /**
   * @param provider API name of the provider it is used for: errors name it
   * @param uri `gs://bucket/folder`
   * @param endpoint address of the API
   */
  constructor(
    readonly provider: string,
    uri: string,
    private readonly endpoint: string,
    private readonly credentials: Credentials,
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

  /** Puts a file of this machine there. */
  async upload(file: string, path: string, type: string, signal: AbortSignal): Promise<void> {
    const body = await openAsBlob(path, { type });
    await this.call(`/upload/storage/v1/b/${this.bucket}/o?uploadType=media&name=${encodeURIComponent(this.prefix + file)}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
      signal,
    });
  }

  /** The names of the files under one of its folders, in the order of their names. */
  async list(folder: string, signal: AbortSignal): Promise<string[]> {
    const names: string[] = [];
    let token = '';
    do {
      const query = new URLSearchParams({ prefix: this.prefix + folder, fields: 'items(name),nextPageToken' });
      if (token !== '') query.set('pageToken', token);
      const answer = await this.call(`/storage/v1/b/${this.bucket}/o?${query}`, { signal });
      const page = (await json(this.provider, answer)) as { items?: { name: string }[]; nextPageToken?: string };
      names.push(...(page.items ?? []).map((item) => item.name.slice(this.prefix.length)));
      token = page.nextPageToken ?? '';
    } while (token !== '');
    return names.sort();
  }

  /** A file's content, which is JSON. */
  async read(file: string, signal: AbortSignal): Promise<unknown> {
    return json(this.provider, await this.call(`${this.pathOf(file)}?alt=media`, { signal }));
  }

  /** Deletes a file; one that is not there is gone already. */
  async remove(file: string, signal: AbortSignal): Promise<void> {
    await this.call(this.pathOf(file), { method: 'DELETE', signal }, [404]);
  }

  private pathOf(file: string): string {
    return `/storage/v1/b/${this.bucket}/o/${encodeURIComponent(this.prefix + file)}`;
  }

  private async call(path: string, init: RequestInit, fine: readonly number[] = []): Promise<Response> {
    const url = `${this.endpoint}${path}`;
    const headers = await this.credentials(url);
    for (const [name, value] of Object.entries((init.headers ?? {}) as Record<string, string>)) headers.set(name, value);
    let answer: Response;
    try {
      answer = await fetch(url, { ...init, headers });
    } catch (error) {
      throw isConnectionError(error) ? unreachable(this.provider, error) : error;
    }
    if (answer.ok || fine.includes(answer.status)) return answer;
    const { error } = (await answer.json().catch(() => ({}))) as { error?: { message?: string } };
    const retryAfter = retryAfterSeconds(answer.headers.get('retry-after'));
    throw errorOfStatus(this.provider, answer.status, { retryAfter, message: error?.message });
  }
}

async function json(name: string, answer: Response): Promise<unknown> {
  try {
    return await answer.json();
  } catch (error) {
    throw isConnectionError(error) ? unreachable(name, error) : badAnswer(name, 'it is no JSON', error);
  }
}
