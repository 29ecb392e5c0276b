import { join } from 'node:path';
import type { Settings } from '../config/settings.js';
import type { DocumentStore } from './document-store.js';
import { LocalDocumentStore } from './local-document-store.js';

/** A DocumentStore with a housekeeping of its own. */
export interface KeptStore extends DocumentStore {
  /** Removes what crashed processes left unfinished. To be called now and then. */
  tidy(): Promise<void>;
  /** Lets go of connections and caches. */
  close(): Promise<void>;
}

/** The document store the settings ask for: the bucket `store_url`, or else the folder `<data_dir>/store`. */
export async function createDocumentStore(settings: Settings): Promise<KeptStore> {
  if (settings.store_url === undefined) return new LocalDocumentStore(join(settings.data_dir, 'store'));
  // Loading the S3 client takes a third of a second: only those who use it wait.
  const { createS3Store } = await import('./create-s3-store.js');
  return createS3Store(settings, settings.store_url);
}
