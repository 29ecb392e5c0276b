import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Since when files in the store that have no task are taken for lost ones. What was there before this database may belong to another one,
 * and a new database on an old store must not clear it.
 */
export class FilesWatchedSince1764640000002 implements MigrationInterface {
  name = 'FilesWatchedSince1764640000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`INSERT INTO ocr_settings (name, value) VALUES ('files_watched_since', to_jsonb(now()))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM ocr_settings WHERE name = 'files_watched_since'`);
  }
}
