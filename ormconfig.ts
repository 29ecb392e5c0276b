import { DataSource } from 'typeorm';
import { loadSettings } from './src/config/load-settings.js';
import { dataSourceOptions } from './src/database/data-source.js';
import { EmbeddedPostgres } from './src/database/embedded/embedded-postgres.js';

export { dataSourceOptions };

/**
 * The DataSource of the TypeORM command line: DATABASE_URL, or the embedded server while the product runs.
 * `node --import tsx node_modules/typeorm/cli.js migration:show -d ormconfig.ts`
 */
const settings = loadSettings();
export default new DataSource(
  await dataSourceOptions(settings.database_url ?? (await EmbeddedPostgres.urlOfRunning(settings.data_dir))),
);
