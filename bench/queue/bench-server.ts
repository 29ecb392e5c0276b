import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { EmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';

const log = { info: () => {}, warn: console.warn, error: console.error, debug: () => {} };

/** The PostgreSQL all contenders run on, with the product's own settings for it; each has a database of its own. */
export class BenchServer {
  private constructor(
    private readonly folder: string,
    private readonly server: EmbeddedPostgres,
    readonly admin: pg.Client,
  ) {}

  static async start(): Promise<BenchServer> {
    const folder = mkdtempSync(join(tmpdir(), 'ocr-bench-'));
    const server = await EmbeddedPostgres.start({ dataDir: folder, log: log as never });
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    return new BenchServer(folder, server, admin);
  }

  /** @returns the URL of a new, empty database */
  async createDatabase(name: string): Promise<string> {
    await this.admin.query(`CREATE DATABASE "${name}"`);
    const url = new URL(this.server.url);
    url.pathname = `/${name}`;
    return url.href;
  }

  async version(): Promise<string> {
    const { rows } = await this.admin.query<{ server_version: string }>('SHOW server_version');
    return rows[0]!.server_version;
  }

  async stop(): Promise<void> {
    await this.admin.end();
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
