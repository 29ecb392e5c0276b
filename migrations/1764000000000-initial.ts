import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The first schema: tasks, jobs, page checkpoints, events, nodes and what stands around them.
 *
 * Storage choices: updates of hot rows stay HOT (no index on lease, progress or run_at columns), tables leave room for
 * them (fillfactor), and autovacuum comes early because rows are short-lived.
 */
export class Initial1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ocr_tasks (
        id uuid PRIMARY KEY,
        status text NOT NULL DEFAULT 'queued'
          CHECK (status IN ('queued', 'running', 'paused', 'completed', 'completed_with_errors', 'failed', 'cancelled')),
        priority text NOT NULL CHECK (priority IN ('CRITICAL', 'HIGH', 'NORMAL', 'LOW')),
        sort_key bigint NOT NULL,
        ready_at timestamptz NOT NULL DEFAULT now(),
        name text NOT NULL,
        source jsonb NOT NULL,
        options jsonb NOT NULL,
        metadata jsonb NOT NULL DEFAULT '{}',
        secrets jsonb,
        run integer NOT NULL DEFAULT 1 CHECK (run >= 1),
        document_key text,
        page_count integer CHECK (page_count > 0),
        pages_total integer CHECK (pages_total > 0),
        results jsonb NOT NULL DEFAULT '{}',
        error jsonb,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        started_at timestamptz(3),
        finished_at timestamptz(3),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT ocr_tasks_finished CHECK
          ((status IN ('completed', 'completed_with_errors', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
        CONSTRAINT ocr_tasks_failed CHECK (status <> 'failed' OR error IS NOT NULL)
      ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)`);
    await runner.query(`CREATE INDEX ocr_tasks_open ON ocr_tasks (sort_key, id) WHERE status IN ('queued', 'running')`);
    await runner.query(`CREATE INDEX ocr_tasks_by_status ON ocr_tasks (status, id)`);
    await runner.query(
      `CREATE INDEX ocr_tasks_finished_at ON ocr_tasks (finished_at, id)
         WHERE status IN ('completed', 'completed_with_errors', 'failed', 'cancelled')`,
    );
    await runner.query(`CREATE INDEX ocr_tasks_metadata ON ocr_tasks USING gin (metadata jsonb_path_ops)`);

    await runner.query(`
      CREATE TABLE ocr_jobs (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        task_id uuid NOT NULL REFERENCES ocr_tasks (id) ON DELETE CASCADE,
        kind text NOT NULL CHECK (kind IN ('prepare', 'chunk', 'merge')),
        state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
        position integer NOT NULL,
        first_page integer,
        last_page integer,
        pages_total integer NOT NULL DEFAULT 0,
        pages_done integer NOT NULL DEFAULT 0,
        pages_failed integer NOT NULL DEFAULT 0,
        page_ms bigint NOT NULL DEFAULT 0,
        attempt integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
        stalls integer NOT NULL DEFAULT 0 CHECK (stalls >= 0),
        run_at timestamptz NOT NULL DEFAULT now(),
        node_id uuid,
        claim_token uuid,
        started_at timestamptz(3),
        finished_at timestamptz(3),
        last_error jsonb,
        CONSTRAINT ocr_jobs_claimed CHECK ((state = 'running') = (claim_token IS NOT NULL AND node_id IS NOT NULL)),
        CONSTRAINT ocr_jobs_range CHECK ((kind = 'chunk') = (first_page IS NOT NULL AND last_page >= first_page))
      ) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02)`);
    await runner.query(`CREATE INDEX ocr_jobs_waiting ON ocr_jobs (task_id, position) WHERE state = 'waiting'`);
    await runner.query(`CREATE INDEX ocr_jobs_running ON ocr_jobs (node_id) WHERE state = 'running'`);
    await runner.query(`CREATE INDEX ocr_jobs_of_task ON ocr_jobs (task_id, id)`);

    await runner.query(`
      CREATE TABLE ocr_pages (
        task_id uuid NOT NULL REFERENCES ocr_tasks (id) ON DELETE CASCADE,
        page integer NOT NULL CHECK (page >= 1),
        state text NOT NULL CHECK (state IN ('done', 'failed')),
        source text CHECK (source IN ('recognised', 'kept', 'blank')),
        artifact_key text,
        provider text,
        confidence real,
        words integer NOT NULL DEFAULT 0,
        duration_ms integer NOT NULL DEFAULT 0,
        attempt integer NOT NULL DEFAULT 1,
        error jsonb,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (task_id, page),
        CONSTRAINT ocr_pages_result CHECK ((state = 'done') = (artifact_key IS NOT NULL AND source IS NOT NULL AND error IS NULL))
      ) WITH (autovacuum_vacuum_scale_factor = 0.05)`);

    await runner.query(`
      CREATE TABLE ocr_events (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        task_id uuid NOT NULL,
        type text NOT NULL,
        data jsonb NOT NULL DEFAULT '{}',
        created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
      ) WITH (autovacuum_vacuum_scale_factor = 0.05)`);
    await runner.query(`CREATE INDEX ocr_events_of_task ON ocr_events (task_id, id)`);
    await runner.query(`CREATE INDEX ocr_events_deleted ON ocr_events (created_at) WHERE type = 'task.deleted'`);

    await runner.query(`
      CREATE TABLE ocr_nodes (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        pid integer NOT NULL,
        roles jsonb NOT NULL,
        version text NOT NULL,
        slots integer NOT NULL,
        load jsonb NOT NULL DEFAULT '{}',
        started_at timestamptz(3) NOT NULL DEFAULT now(),
        heartbeat_at timestamptz(3) NOT NULL DEFAULT now(),
        lease_until timestamptz NOT NULL
      ) WITH (fillfactor = 50)`);

    await runner.query(`
      CREATE TABLE ocr_idempotency_keys (
        key text PRIMARY KEY,
        fingerprint text NOT NULL,
        task_id uuid NOT NULL REFERENCES ocr_tasks (id) ON DELETE CASCADE,
        created_at timestamptz(3) NOT NULL DEFAULT now()
      )`);
    await runner.query(`CREATE INDEX ocr_idempotency_keys_task ON ocr_idempotency_keys (task_id)`);

    await runner.query(`
      CREATE TABLE ocr_settings (
        name text PRIMARY KEY,
        value jsonb NOT NULL,
        updated_at timestamptz(3) NOT NULL DEFAULT now()
      )`);

    await runner.query(`
      CREATE TABLE ocr_trash (
        prefix text PRIMARY KEY,
        created_at timestamptz(3) NOT NULL DEFAULT now()
      )`);

    await runner.query(`
      CREATE TABLE ocr_stats_minutes (
        minute timestamptz(0) NOT NULL,
        node_id uuid NOT NULL,
        pages_done integer NOT NULL DEFAULT 0,
        pages_failed integer NOT NULL DEFAULT 0,
        page_ms bigint NOT NULL DEFAULT 0,
        tasks_completed integer NOT NULL DEFAULT 0,
        tasks_completed_with_errors integer NOT NULL DEFAULT 0,
        tasks_failed integer NOT NULL DEFAULT 0,
        tasks_cancelled integer NOT NULL DEFAULT 0,
        task_ms bigint NOT NULL DEFAULT 0,
        wait_ms bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (minute, node_id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['stats_minutes', 'trash', 'settings', 'idempotency_keys', 'nodes', 'events', 'pages', 'jobs', 'tasks']) {
      await runner.query(`DROP TABLE ocr_${table}`);
    }
  }
}
