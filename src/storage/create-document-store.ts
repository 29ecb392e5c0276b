import { join } from 'node:path';
import type { Settings } from '../config/settings.js';
import { LocalDocumentStore } from './local-document-store.js';

/** The document store the settings ask for: the folder `<data_dir>/store`. */
export function createDocumentStore(settings: Settings): LocalDocumentStore {
  return new LocalDocumentStore(join(settings.data_dir, 'store'));
}
