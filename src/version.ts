import { existsSync, readFileSync } from 'node:fs';

/** The product's version, from its package.json: one folder up from the source, two from the compiled code. */
export const VERSION: string = readVersion();

function readVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    const file = new URL(path, import.meta.url);
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  }
  throw new Error('The package.json of ocr-queue is missing.');
}
