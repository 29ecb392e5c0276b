import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What is to be sent to webhooks, and what has become of it: a row for each event and receiver, written with the event. `receiver` is the
 * host it goes to with a mark of the path there, or `*` for the address configured for all tasks, whose `url` is not kept. One that waits is due at `next_attempt_at`;
 * while a node sends it, that is when the node is believed lost.
 */
export class Webhooks1764680000000 implements MigrationInterface {
  name = 'Webhooks1764680000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ocr_webhook_deliveries (
        id uuid PRIMARY KEY,
        task_id uuid NOT NULL REFERENCES ocr_tasks (id) ON DELETE CASCADE,
        event_id bigint NOT NULL,
        type text NOT NULL,
        receiver text NOT NULL,
        url text,
        snapshot jsonb NOT NULL,
        state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
        attempts integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz(3) NOT NULL DEFAULT now(),
        claim_token uuid,
        last_attempt_at timestamptz(3),
        last_status integer,
        error jsonb,
        created_at timestamptz(3) NOT NULL,
        waiting_since timestamptz(3) NOT NULL DEFAULT now(),
        ended_at timestamptz(3),
        CONSTRAINT ocr_webhook_deliveries_ended CHECK ((state = 'waiting') = (ended_at IS NULL)),
        CONSTRAINT ocr_webhook_deliveries_claimed CHECK (claim_token IS NULL OR state = 'waiting'),
        CONSTRAINT ocr_webhook_deliveries_url CHECK ((receiver = '*') = (url IS NULL))
      )`);
    await runner.query('CREATE INDEX ocr_webhook_deliveries_of_task ON ocr_webhook_deliveries (task_id, id)');
    await runner.query(
      `CREATE INDEX ocr_webhook_deliveries_due ON ocr_webhook_deliveries (receiver, next_attempt_at) WHERE state = 'waiting'`,
    );
    await runner.query(
      `CREATE INDEX ocr_webhook_deliveries_waiting ON ocr_webhook_deliveries (waiting_since) WHERE state = 'waiting'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE ocr_webhook_deliveries');
  }
}
