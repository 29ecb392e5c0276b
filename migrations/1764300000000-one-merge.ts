import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A task has one preparation and one merge, whoever asks for it and however often. */
export class OneMerge1764300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE UNIQUE INDEX ocr_jobs_one_of_kind ON ocr_jobs (task_id, kind) WHERE kind <> 'chunk'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX ocr_jobs_one_of_kind`);
  }
}
