import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Tenants that share the queue fairly, batches with a progress of their own, and circuits that hold the tasks of a provider
 * that is down. A held task leaves the index of open tasks, so a large backlog of a dead provider costs a claim nothing.
 */
export class TenantsBatchesCircuits1764000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE ocr_tasks
        ADD COLUMN tenant text NOT NULL DEFAULT '',
        ADD COLUMN batch_id uuid,
        ADD COLUMN enqueued_at timestamptz(3) NOT NULL DEFAULT now(),
        ADD COLUMN fair_delay bigint NOT NULL DEFAULT 0,
        ADD COLUMN held boolean NOT NULL DEFAULT false`);
    await runner.query(`CREATE INDEX ocr_tasks_batch ON ocr_tasks (batch_id, id) WHERE batch_id IS NOT NULL`);
    await runner.query(`DROP INDEX ocr_tasks_open`);
    await runner.query(
      `CREATE INDEX ocr_tasks_open ON ocr_tasks (sort_key, id) WHERE status IN ('queued', 'running') AND NOT held`,
    );
    await runner.query(
      `CREATE INDEX ocr_tasks_held ON ocr_tasks ((options ->> 'ocr_provider')) WHERE status IN ('queued', 'running') AND held`,
    );
    await runner.query(`
      CREATE TABLE ocr_tenants (
        tenant text PRIMARY KEY,
        virtual_finish bigint NOT NULL
      ) WITH (fillfactor = 50)`);
    await runner.query(`
      CREATE TABLE ocr_circuits (
        provider text PRIMARY KEY,
        failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
        openings integer NOT NULL DEFAULT 0 CHECK (openings >= 0),
        open_until timestamptz,
        error jsonb,
        updated_at timestamptz(3) NOT NULL DEFAULT now()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ocr_circuits`);
    await runner.query(`DROP TABLE ocr_tenants`);
    await runner.query(`DROP INDEX ocr_tasks_held`);
    await runner.query(`DROP INDEX ocr_tasks_open`);
    await runner.query(`CREATE INDEX ocr_tasks_open ON ocr_tasks (sort_key, id) WHERE status IN ('queued', 'running')`);
    await runner.query(`DROP INDEX ocr_tasks_batch`);
    await runner.query(`
      ALTER TABLE ocr_tasks DROP COLUMN held, DROP COLUMN fair_delay, DROP COLUMN enqueued_at, DROP COLUMN batch_id,
        DROP COLUMN tenant`);
  }
}
