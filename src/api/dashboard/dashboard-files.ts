import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';

/** One file of the built dashboard, in every encoding it was built in. */
export interface DashboardFile {
  readonly type: string;
  readonly etag: string;
  /** The name holds a hash of the content: it may be kept for ever. */
  readonly immutable: boolean;
  readonly plain: Buffer;
  readonly br?: Buffer;
  readonly gzip?: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.png': 'image/png',
};

/** Where the bundler puts what it names by content. */
const HASHED = 'assets/';
const NONCE_PLACE = /__CSP_NONCE__/g;

/**
 * The built dashboard, read once into memory (some megabytes): only what is in it can be asked for, whatever a path says.
 */
export class DashboardFiles {
  private constructor(
    private readonly files: ReadonlyMap<string, DashboardFile>,
    private readonly shell: string,
  ) {}

  /** @returns undefined when the dashboard was not built */
  static read(folder: string): DashboardFiles | undefined {
    const index = join(folder, 'index.html');
    if (!existsSync(index)) return undefined;
    const files = new Map<string, DashboardFile>();
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const type = TYPES[extname(entry.name)];
      if (!entry.isFile() || type === undefined || path === index) continue;
      const name = path.slice(folder.length).split(sep).join('/').replace(/^\//, '');
      files.set(`/${name}`, readFile(path, type, name.startsWith(HASHED)));
    }
    return new DashboardFiles(files, readFileSync(index, 'utf8'));
  }

  /** The file at a path of the address, `/assets/index-1a2b.js`. */
  get(path: string): DashboardFile | undefined {
    return this.files.get(path);
  }

  /** The page every view starts from. Styles made at run time carry `nonce`. */
  page(nonce: string): string {
    return this.shell.replace(NONCE_PLACE, nonce);
  }
}

function readFile(path: string, type: string, immutable: boolean): DashboardFile {
  const plain = readFileSync(path);
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
  const encoded = (suffix: string) => (existsSync(path + suffix) ? readFileSync(path + suffix) : undefined);
  return { type, etag, immutable, plain, br: encoded('.br'), gzip: encoded('.gz') };
}
