import { Injectable } from '@nestjs/common';
import { inTime } from '../threads/in-time.js';

/** What can be wrong with a part. */
export const HEALTH_PROBLEMS = [
  'no_answer',
  'check_failed',
  'database_silent',
  'store_not_writable',
  'store_full',
  'last_run_failed',
  'no_lease',
  'stopping',
] as const;

/** What a check found. `detail` is shown to operators: no secret, no stack; `code` is the same for programs. */
export interface Health {
  healthy: boolean;
  code?: (typeof HEALTH_PROBLEMS)[number];
  detail?: string;
}

export type HealthCheck = () => Health | Promise<Health>;

/** A background duty that knows how its last run went. */
export interface Duty {
  readonly name: string;
  readonly healthy: boolean;
}

/** Milliseconds after which a check that does not answer counts as failed. */
const CHECK_TIMEOUT = 3000;

/** The named parts this process needs to do its duty. Whoever runs a part registers it; `/readyz` asks them all. */
@Injectable()
export class HealthRegistry {
  private readonly checks = new Map<string, HealthCheck>();

  /** Adds a part, or replaces the one of that name. Returns a function that takes it away again. */
  register(name: string, check: HealthCheck): () => void {
    this.checks.set(name, check);
    return () => {
      if (this.checks.get(name) === check) this.checks.delete(name);
    };
  }

  /** Adds background duties under their names: unhealthy from a failed run to the next that succeeds. */
  watch(...duties: readonly Duty[]): void {
    for (const duty of duties) {
      this.register(duty.name, () =>
        duty.healthy
          ? { healthy: true }
          : { healthy: false, code: 'last_run_failed', detail: 'Its last run failed; it tries again.' },
      );
    }
  }

  /** Asks every part at the same time. Never throws: a check that throws or does not answer in time has failed. */
  async run(): Promise<Record<string, Health>> {
    const entries = await Promise.all(
      [...this.checks].sort(([a], [b]) => a.localeCompare(b)).map(async ([name, check]) => [name, await ask(check)] as const),
    );
    return Object.fromEntries(entries);
  }
}

async function ask(check: HealthCheck): Promise<Health> {
  const late: Health = { healthy: false, code: 'no_answer', detail: 'No answer in time.' };
  try {
    return await inTime((async () => check())(), CHECK_TIMEOUT, late);
  } catch {
    return { healthy: false, code: 'check_failed', detail: 'The check failed.' };
  }
}
