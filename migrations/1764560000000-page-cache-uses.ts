import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which tasks use a kept reading: it is forgotten with the last of them. What was kept before is forgotten now. */
export class PageCacheUses1764560000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM ocr_page_cache`);
    await runner.query(`
      CREATE TABLE ocr_page_cache_uses (
        tenant text NOT NULL,
        key text NOT NULL,
        task_id uuid NOT NULL REFERENCES ocr_tasks (id) ON DELETE CASCADE,
        PRIMARY KEY (tenant, key, task_id),
        FOREIGN KEY (tenant, key) REFERENCES ocr_page_cache (tenant, key) ON DELETE CASCADE
      )`);
    await runner.query(`CREATE INDEX ocr_page_cache_uses_of_task ON ocr_page_cache_uses (task_id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ocr_page_cache_uses`);
  }
}
