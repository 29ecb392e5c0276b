import { mkdir } from 'node:fs/promises';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { defaultInbox, defaultSamples } from '../config/load-settings.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { DOCUMENT_STORE, type DocumentStore, type StoredArtifact } from './document-store.js';
import { InputFolder } from './input-folder.js';
import { UrlFetcher } from './url-fetcher.js';

/** Where a document lies before it is in the store. */
export type DocumentPlace = { kind: 'path'; path: string } | { kind: 'url'; url: string };

/** Judges the places callers name, and brings the documents lying there into the store. */
@Injectable()
export class InputResolver implements OnModuleInit {
  private readonly folder: InputFolder;
  private readonly fetcher: UrlFetcher;
  private readonly maxBytes: number;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(DOCUMENT_STORE) private readonly store: DocumentStore,
  ) {
    this.maxBytes = settings.max_upload_mb * 1024 * 1024;
    this.folder = new InputFolder(
      settings.input_roots,
      this.maxBytes,
      settings.input_roots.filter((root) => root !== defaultSamples()),
    );
    this.fetcher = new UrlFetcher({
      timeout: settings.url_timeout,
      maxBytes: this.maxBytes,
      allowPrivate: settings.url_allow_private,
    });
  }

  /** Makes the inbox where it is one of the roots, so that there is a place to put documents. Other roots are not ours to make. */
  async onModuleInit(): Promise<void> {
    const inbox = defaultInbox(this.settings.data_dir);
    // Where it cannot be made, the paths named will be told about.
    if (this.settings.input_roots.includes(inbox)) await mkdir(inbox, { recursive: true }).catch(() => undefined);
  }

  /**
   * Judges a `document_path`: absolute, or relative to one of the input roots (the first that has it).
   * @returns the real path of a regular, readable file under an input root.
   * @throws OcrError `path_not_allowed` for everything outside the roots, whether it exists or not; `document_not_found`;
   *   `document_too_large`.
   */
  checkPath(path: string): Promise<string> {
    return this.folder.check(path);
  }

  /**
   * Judges a `document_url` without fetching it. A host that cannot be resolved right now passes: the fetch will tell.
   * @throws OcrError `url_not_allowed` for what is not http(s), or leads to a private address.
   */
  checkUrl(url: string): Promise<void> {
    return this.fetcher.check(url);
  }

  /**
   * Puts the document into the store under `key`. Everything is judged again: the place may have changed since it was submitted.
   * @throws OcrError of `checkPath` and `checkUrl`, `document_not_found` being retryable while a root that may hold the document is not
   *   there on this node, `url_fetch_failed`, `document_too_large`, `storage_full`, `storage_failed`;
   *   the signal's reason when aborted.
   */
  async fetch(place: DocumentPlace, key: string, signal?: AbortSignal): Promise<StoredArtifact> {
    signal?.throwIfAborted();
    if (place.kind === 'url') {
      return this.fetcher.fetch(place.url, (body, limits) => this.store.put(key, body, limits), signal);
    }
    const body = await this.folder.open(place.path);
    return this.store.put(key, body, { signal, maxBytes: this.maxBytes });
  }
}
