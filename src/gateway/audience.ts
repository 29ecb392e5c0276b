import type { OcrError } from '../errors/ocr-error.js';
import type { Outgoing } from './messages.js';

/** Whom a client watches: one task, or all of them. */
export type Target = { readonly taskId: string } | 'all';

/** One way messages reach clients. Nothing here may throw or wait. */
export interface Audience {
  /** True when a client of it watches this task or all of them. */
  watches(taskId: string): boolean;
  /** True when a client of it watches all tasks. */
  readonly watchesAll: boolean;
  /** Clients that watch something. */
  readonly size: number;
  /** To those who watch the task and those who watch all. */
  tellOfTask(taskId: string, outgoing: Outgoing): void;
  /** To those who watch all. */
  tellAll(outgoing: Outgoing): void;
}

/** A client that wants to watch. */
export interface Newcomer {
  readonly target: Target;
  /** The last event id it saw before: what came since is told again. A decimal string. */
  readonly after: string | undefined;
  /** Sends the first messages and puts the client into its audience, in one go: what comes next is newer. */
  welcome(first: readonly Outgoing[]): void;
  /** It cannot be served: `task_not_found`, or `service_unavailable`. */
  refuse(error: OcrError): void;
}
