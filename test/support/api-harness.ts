import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ApiModule } from '../../src/api/api.module.js';
import { configureHttp } from '../../src/api/configure-http.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { loadSettings } from '../../src/config/load-settings.js';
import type { Settings } from '../../src/config/settings.js';
import { Database } from '../../src/database/database.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { HealthModule } from '../../src/health/health.module.js';
import { LoggingModule } from '../../src/logging/logging.module.js';
import { registerNode } from '../../src/queue-manager/sql/nodes.sql.js';
import { DOCUMENT_STORE, type DocumentStore } from '../../src/storage/document-store.js';
import { Checkpoints } from '../../src/task-manager/checkpoints.js';
import type { Claim } from '../../src/task-manager/claim.js';
import { TASK_ENTITIES } from '../../src/task-manager/entities/index.js';
import { Settlement } from '../../src/task-manager/settlement.js';
import { TaskManagerModule } from '../../src/task-manager/task-manager.module.js';
import { claimNext } from '../../src/task-manager/claim-next.js';
import { JOB_KINDS } from '../../src/task-manager/task.types.js';
import { startTestDatabase } from './postgres.js';

@Module({})
class TestModule {
  static with(settings: Settings): DynamicModule {
    const base = [ConfigModule.with(settings), LoggingModule, HealthModule, DatabaseModule.with(TASK_ENTITIES)];
    return { module: TestModule, imports: [...base, TaskManagerModule, ApiModule] };
  }
}

/** The API over real HTTP on a real database and store, in a process without workers: the test works in their place. */
export class ApiHarness {
  private node: string | undefined;

  private constructor(
    readonly app: NestExpressApplication,
    readonly url: string,
    readonly folder: string,
    readonly settings: Settings,
    readonly close: () => Promise<void>,
  ) {}

  static async start(overrides: Record<string, unknown> = {}): Promise<ApiHarness> {
    const server = await startTestDatabase();
    const folder = mkdtempSync(join(tmpdir(), 'ocr-api-test-'));
    for (const name of ['inbox', 'outbox']) mkdirSync(join(folder, name));
    const settings = loadSettings(
      {
        data_dir: join(folder, 'data'),
        log_dir: join(folder, 'logs'),
        log_console: 'off',
        database_url: server.url,
        input_roots: [join(folder, 'inbox')],
        output_roots: [join(folder, 'outbox')],
        roles: ['api'],
        ...overrides,
      },
      {},
      folder,
    );
    const app = await NestFactory.create<NestExpressApplication>(TestModule.with(settings), {
      bodyParser: false,
      logger: false,
      // An answer a test did not read would hold the server open for a minute.
      forceCloseConnections: true,
    });
    configureHttp(app, settings);
    await app.listen(0, '127.0.0.1');
    const address = app.getHttpServer().address() as { port: number };
    return new ApiHarness(app, `http://127.0.0.1:${address.port}`, folder, settings, async () => {
      await app.close();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    });
  }

  get database(): Database {
    return this.app.get(Database);
  }

  get store(): DocumentStore {
    return this.app.get<DocumentStore>(DOCUMENT_STORE, { strict: false });
  }

  get settlement(): Settlement {
    return this.app.get(Settlement);
  }

  get checkpoints(): Checkpoints {
    return this.app.get(Checkpoints);
  }

  get inbox(): string {
    return join(this.folder, 'inbox');
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(this.url + path, init);
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
    return this.fetch(path, init);
  }

  /** Takes the next job, as a node would. */
  async claim(): Promise<Claim> {
    if (this.node === undefined) {
      this.node = randomUUID();
      await this.database.query(registerNode, [this.node, 'test', 1, '[]', '0', 1, 600]);
    }
    const claim = await claimNext(this.database, { nodeId: this.node, kinds: JOB_KINDS, maxConcurrentTasks: 100 });
    if (claim === undefined) throw new Error('There is nothing to claim.');
    return claim;
  }

  /** Every file the store holds, also unfinished ones. */
  storedFiles(): string[] {
    const entries = readdirSync(join(this.settings.data_dir, 'store'), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  }

  async taskCount(): Promise<number> {
    const { rows } = await this.database.query<{ count: number }>('SELECT count(*)::int AS count FROM ocr_tasks');
    return rows[0]!.count;
  }
}
