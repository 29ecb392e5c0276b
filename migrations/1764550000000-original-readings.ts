import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a page was first read as is kept as a reading of its own once another one takes its place, so that it can come back. */
export class OriginalReadings1764550000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE ocr_readings ADD COLUMN original boolean NOT NULL DEFAULT false`);
    await runner.query(`CREATE UNIQUE INDEX ocr_readings_original ON ocr_readings (task_id, page) WHERE original`);
    await runner.query(`ALTER TABLE ocr_readings DROP CONSTRAINT ocr_readings_accepted`);
    // A page that could not be read at first can be that again.
    await runner.query(
      `ALTER TABLE ocr_readings ADD CONSTRAINT ocr_readings_accepted CHECK (accepted_at IS NULL OR state = 'done' OR original)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM ocr_readings WHERE original`);
    await runner.query(`ALTER TABLE ocr_readings DROP CONSTRAINT ocr_readings_accepted`);
    await runner.query(
      `ALTER TABLE ocr_readings ADD CONSTRAINT ocr_readings_accepted CHECK (accepted_at IS NULL OR state = 'done')`,
    );
    await runner.query(`ALTER TABLE ocr_readings DROP COLUMN original`);
  }
}
