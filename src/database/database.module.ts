import { type DynamicModule, Global, Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Logs } from '../logging/logs.js';
import { dataSourceOptions, type EntityClass } from './data-source.js';
import { Database } from './database.js';
import { Listener } from './listener.js';
import { migrate } from './migrate.js';
import { Notifier } from './notifier.js';
import { type DatabaseServer, openServer } from './server.js';

/** DI token of the reached, migrated {@link DatabaseServer}. */
const SERVER = Symbol('DatabaseServer');
/** DI token of the classes TypeORM reads rows as. */
const ENTITIES = Symbol('Entities');

/** Closes the connections, then the server. Last of all: until then every other module may still query. */
@Injectable()
class DatabaseShutdown implements OnApplicationShutdown {
  constructor(
    @Inject(SERVER) private readonly server: DatabaseServer,
    private readonly database: Database,
    private readonly source: DataSource,
    private readonly listener: Listener,
    private readonly notifier: Notifier,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await Promise.allSettled([this.listener.close(), this.notifier.close(), this.source.destroy(), this.database.close()]);
    await this.server.stop();
  }
}

/**
 * Gives every module the {@link Database} (raw statements), TypeORM's `DataSource`, the {@link Listener} and the
 * {@link Notifier}. When it is up, the database is reachable, of a supported version, and migrated.
 */
@Global()
@Module({
  providers: [
    {
      provide: SERVER,
      inject: [SETTINGS, Logs],
      useFactory: openMigrated,
    },
    {
      provide: Database,
      inject: [SERVER, SETTINGS, Logs],
      useFactory: (server: DatabaseServer, settings: Settings, logs: Logs) =>
        new Database(server.connection, { poolSize: settings.database_pool_size, log: logs.queue }),
    },
    {
      provide: DataSource,
      inject: [SERVER, ENTITIES, Database],
      useFactory: async (server: DatabaseServer, entities: EntityClass[], database: Database) => {
        const source = await new DataSource(await dataSourceOptions(server.connection.url, entities)).initialize();
        database.halfOpen.watch((source.driver as unknown as { master: Pool }).master);
        return source;
      },
    },
    {
      provide: Listener,
      inject: [SERVER, Logs],
      useFactory: (server: DatabaseServer, logs: Logs) => new Listener(server.connection, logs.queue),
    },
    {
      provide: Notifier,
      inject: [SERVER, Logs],
      useFactory: (server: DatabaseServer, logs: Logs) => new Notifier(server.connection, logs.queue),
    },
    DatabaseShutdown,
  ],
  exports: [Database, DataSource, Listener, Notifier],
})
export class DatabaseModule {
  /** The module, with the classes TypeORM shall read rows as: they belong to the modules above this one. */
  static with(entities: readonly EntityClass[]): DynamicModule {
    return { module: DatabaseModule, providers: [{ provide: ENTITIES, useValue: entities }] };
  }
}

async function openMigrated(settings: Settings, logs: Logs): Promise<DatabaseServer> {
  const server = await openServer(settings, logs.queue);
  try {
    const applied = await migrate(server.connection, logs.queue);
    for (const name of applied) logs.queue.info({ migration: name }, 'Migrated the database.');
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}
