import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Ids of events are drawn before their transactions commit. So that a client that comes back with the last id it saw is told what was
 * committed later under a smaller one, each event knows its transaction and which transactions had ended when it was written. Events from
 * before this know neither.
 */
export class LateEvents1764630000000 implements MigrationInterface {
  name = 'LateEvents1764630000000';

  async up(runner: QueryRunner): Promise<void> {
    // Defaults on their own: the rows there are stay as they are, and nothing is rewritten.
    await runner.query('ALTER TABLE ocr_events ADD COLUMN xact xid8, ADD COLUMN snapshot pg_snapshot');
    await runner.query(`
      ALTER TABLE ocr_events
        ALTER COLUMN xact SET DEFAULT pg_current_xact_id(),
        ALTER COLUMN snapshot SET DEFAULT pg_current_snapshot()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE ocr_events DROP COLUMN snapshot, DROP COLUMN xact');
  }
}
