import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Pages read once more for people who look into them: asked for by the API, read by any worker, perhaps accepted. */
export class Readings1764500000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ocr_readings (
        id uuid PRIMARY KEY,
        task_id uuid NOT NULL REFERENCES ocr_tasks (id) ON DELETE CASCADE,
        page integer NOT NULL CHECK (page >= 1),
        options jsonb NOT NULL,
        state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
        stalls integer NOT NULL DEFAULT 0 CHECK (stalls >= 0),
        node_id uuid,
        claim_token uuid,
        artifact_key text,
        source text CHECK (source IN ('recognised', 'kept', 'blank')),
        provider text,
        confidence real,
        words integer,
        duration_ms integer,
        error jsonb,
        created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        finished_at timestamptz(3),
        accepted_at timestamptz(3),
        CONSTRAINT ocr_readings_claimed CHECK ((state = 'running') = (claim_token IS NOT NULL AND node_id IS NOT NULL)),
        CONSTRAINT ocr_readings_result CHECK ((state = 'done') = (artifact_key IS NOT NULL AND source IS NOT NULL)),
        CONSTRAINT ocr_readings_failed CHECK ((state = 'failed') = (error IS NOT NULL)),
        CONSTRAINT ocr_readings_accepted CHECK (accepted_at IS NULL OR state = 'done')
      )`);
    await runner.query(`CREATE INDEX ocr_readings_of_page ON ocr_readings (task_id, page, id)`);
    await runner.query(`CREATE INDEX ocr_readings_waiting ON ocr_readings (id) WHERE state = 'waiting'`);
    await runner.query(`CREATE INDEX ocr_readings_running ON ocr_readings (node_id) WHERE state = 'running'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ocr_readings`);
  }
}
