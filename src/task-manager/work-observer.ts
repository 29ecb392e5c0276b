import { Injectable } from '@nestjs/common';
import { Subject } from 'rxjs';
import type { ErrorCode } from '../errors/error-codes.js';
import type { JobKind } from './task.types.js';

/** A page this process has finished: checkpointed as done or as failed. Pages whose claim was lost are not told. */
export interface PageWork {
  task_id: string;
  /** Engine that read it, as the caller named it. */
  provider: string;
  /** How its text was won; null when it failed. */
  source: 'recognised' | 'kept' | 'blank' | null;
  /** Milliseconds of work on the page, waiting not counted. */
  duration_ms: number;
  failed: boolean;
  /** Why it failed. */
  code?: ErrorCode;
}

/** An attempt at a job that has ended in this process. */
export interface JobWork {
  kind: JobKind;
  /** `retrying`: failed, and waits for another attempt. `given_back`: pause, cancel or shutdown. `lost`: the claim no longer stood. */
  outcome: 'done' | 'retrying' | 'failed' | 'given_back' | 'lost';
  /** Milliseconds from claim to end. */
  duration_ms: number;
  /** Why it failed, or will be tried again. */
  code?: ErrorCode;
}

/** An attempt at a webhook that has ended in this process, or one given up for its age. */
export interface WebhookWork {
  outcome: 'delivered' | 'retrying' | 'failed';
}

/**
 * What this process works on, for whoever counts it. The dispatcher and the rescuer emit here after their transaction has
 * committed; listeners must neither throw nor block.
 */
@Injectable()
export class WorkObserver {
  readonly pages = new Subject<PageWork>();
  readonly jobs = new Subject<JobWork>();
  /** Number of jobs taken over from lost nodes in one run of the rescuer. */
  readonly rescues = new Subject<number>();
  readonly webhooks = new Subject<WebhookWork>();
  /** A provider that was asked for and that the default one stands in for, since it is not set up in this process. Told by the API. */
  readonly substitutions = new Subject<string>();
}
