import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What page images were read as: found again by tenant and key, forgotten with age. */
export class PageCache1764400000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ocr_page_cache (
        tenant text NOT NULL,
        key text NOT NULL,
        reading jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant, key)
      )`);
    await runner.query(`CREATE INDEX ocr_page_cache_age ON ocr_page_cache (created_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ocr_page_cache`);
  }
}
