import { readdir } from 'node:fs/promises';
import type { DataSourceOptions, MigrationInterface } from 'typeorm';

/** A class TypeORM reads rows as. */
export type EntityClass = new () => object;

/** The folder of the migrations: `migrations` from source, `dist/migrations` when compiled. */
const MIGRATIONS = new URL('../../migrations/', import.meta.url);

/**
 * The one TypeORM DataSource definition of the product, for the app and the TypeORM CLI.
 * @param url PostgreSQL URL.
 * @param entities classes to read rows as; the command line needs none.
 */
export async function dataSourceOptions(url: string, entities: EntityClass[] = []): Promise<DataSourceOptions> {
  return {
    type: 'postgres',
    url,
    applicationName: 'ocr-queue typeorm',
    entities,
    migrations: await loadMigrations(),
    migrationsTableName: 'ocr_migrations',
    migrationsTransactionMode: 'each',
    synchronize: false,
    logging: false,
    poolSize: 2,
    connectTimeoutMS: 10_000,
    poolErrorHandler: () => {}, // a lost idle connection is replaced at the next query
    extra: { keepAlive: true },
  };
}

/**
 * The migration classes in the order of their files. Loaded here rather than by a glob of TypeORM's, so that the same
 * code works compiled, under tsx and under vitest.
 */
async function loadMigrations(): Promise<(new () => MigrationInterface)[]> {
  const files = (await readdir(MIGRATIONS)).filter((name) => /(?<!\.d|\.spec)\.[jt]s$/.test(name)).sort();
  const modules = await Promise.all(
    files.map((name) => import(/* @vite-ignore */ new URL(name, MIGRATIONS).href) as Promise<Record<string, unknown>>),
  );
  return modules.flatMap((module) => Object.values(module).filter(isMigration));
}

function isMigration(value: unknown): value is new () => MigrationInterface {
  return typeof value === 'function' && typeof (value.prototype as Partial<MigrationInterface>).up === 'function';
}
