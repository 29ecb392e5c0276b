import { Injectable } from '@nestjs/common';
import { EngineRegistry } from '../../base-ocr/engine-registry.js';
import { Logs } from '../../logging/logs.js';
import type { TaskOptions } from '../../task-manager/task.types.js';
import { WorkObserver } from '../../task-manager/work-observer.js';

/** Milliseconds in which the log says of one provider no more than once that it is stood in for. */
const QUIET = 60_000;

/** Makes known where another provider reads than was asked for: counts it each time, and warns of it in the log. */
@Injectable()
export class StandIns {
  private readonly loggedAt = new Map<string, number>();

  constructor(
    private readonly engines: EngineRegistry,
    private readonly observer: WorkObserver,
    private readonly logs: Logs,
  ) {}

  /**
   * Tells of the stand-in that options have, if any.
   * @param now milliseconds of a clock that only goes forward
   */
  async tell({ ocr_provider, requested_provider }: Partial<TaskOptions>, now = performance.now()): Promise<void> {
    if (requested_provider === undefined) return;
    this.observer.substitutions.next(requested_provider);
    if (now - (this.loggedAt.get(requested_provider) ?? -Infinity) < QUIET) return;
    this.loggedAt.set(requested_provider, now);
    const { reason } = await this.engines.get(requested_provider).status();
    this.logs.queue.warn(
      { provider: requested_provider, stand_in: ocr_provider, reason },
      `"${requested_provider}" was asked for and is not set up in this process; "${ocr_provider}" stands in for it`,
    );
  }
}
