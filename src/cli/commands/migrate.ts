import { loadSettings } from '../../config/load-settings.js';
import { migrate as migrateDatabase } from '../../database/migrate.js';
import { openServer } from '../../database/server.js';
import { EXIT } from '../../exit-codes.js';
import type { Terminal } from '../terminal.js';

/** Brings the database of the settings up to this version, starting the embedded one for it where need be. */
export async function migrate(options: { dataDir?: string }, terminal: Terminal): Promise<number> {
  const settings = loadSettings({ data_dir: options.dataDir });
  const note = (message: string) => terminal.note(message);
  const server = await openServer(settings, { info: () => {}, warn: note, error: note });
  try {
    const migrations = await migrateDatabase(server.connection, { warn: note });
    terminal.data({ migrations });
    if (migrations.length === 0) terminal.line('The database is up to date.');
    for (const name of migrations) terminal.line(`Migrated: ${name}`);
    return EXIT.ok;
  } finally {
    await server.stop();
  }
}
