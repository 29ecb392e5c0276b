import { setTimeout as wait } from 'node:timers/promises';
import { isAbort, OcrError } from '../../../errors/ocr-error.js';
import type { EngineProblem, EngineStatus, OcrEngine, RecogniseRequest, RecogniseResponse } from '../ocr-engine.js';
import { assertReadable } from '../page-files.js';
import { Slots } from '../../../threads/slots.js';
import { assemble } from './assemble.js';
import type { FoundBlock } from './found.js';
import { isConnectionError, late, LONGEST_PAUSE, unexpected, unreachable } from './remote-errors.js';
import { unlessAborted } from './unless-aborted.js';

/** What a remote provider does in its own way; everything else is the same for all of them. */
export interface RemoteService {
  /** API name, the value of `ocr_provider`. */
  readonly name: string;
  /** Version of what is spoken to: of the API, of the client. Begins with a digit. */
  readonly version: string;
  /** Settings that make its answers others: address, processor, model, prompt; no secrets. */
  readonly identity: readonly (string | undefined)[];
  /**
   * Pages it takes in one request, if it takes several. {@link read} then gets as many more at a time, makes requests of them itself, and
   * limits the time of each: pages wait for each other's, which is no fault of the provider's. Absent: 1.
   */
  readonly pagesARequest?: number;
  /** Why it cannot be asked as it is configured, naming the settings; undefined when it can. Answers at once. */
  problem(): EngineProblem | undefined;
  /**
   * Has one page read. Aborting the signal ends the request. @throws OcrError, or whatever the client throws when it is
   * aborted.
   */
  read(request: RecogniseRequest): Promise<readonly FoundBlock[]>;
  /** Lets go of connections. Idempotent. */
  close(): Promise<void>;
}

/** Limits of a node's dealings with a remote provider. */
export interface RemoteLimits {
  /** Requests under way at the same time. */
  slots: number;
  /** Seconds one page may take, waiting out a throttle included; for a service that makes its requests itself, without limit here. */
  timeout: number;
}

/** Times a throttled page is asked for again before it is given back with the time to wait. */
const THROTTLE_RETRIES = 2;

/**
 * A remote provider as an engine: slots, time limit, abort, short throttles waited out, errors in our words, boxes checked.
 * A slot is held while a throttle is waited out, so that a throttled node asks for less; services that make their requests themselves see to
 * that, too.
 */
export class RemoteEngine implements OcrEngine {
  readonly name: string;
  private readonly slots: Slots;
  private readonly closing = new AbortController();
  /** Seconds a page may take. */
  private readonly timeout: number;

  constructor(
    private readonly service: RemoteService,
    private readonly limits: RemoteLimits,
  ) {
    this.name = service.name;
    const { pagesARequest = 1 } = service;
    this.timeout = pagesARequest === 1 ? limits.timeout : Infinity;
    // One request's pages more than are under way: the next request need not wait for them.
    this.slots = new Slots(pagesARequest === 1 ? limits.slots : (limits.slots + 1) * pagesARequest);
  }

  /** Asks nobody: whether a service answers is known from its pages. */
  status(): Promise<EngineStatus> {
    const { name, version } = this.service;
    const common = { name, version, languages: [], slots: this.limits.slots };
    const problem = this.service.problem();
    return Promise.resolve({ ...common, ready: problem === undefined, ...problem });
  }

  identity(): Promise<string> {
    return Promise.resolve(JSON.stringify(this.service.identity));
  }

  async recognise({ image, language, signal }: RecogniseRequest): Promise<RecogniseResponse> {
    signal.throwIfAborted();
    assertReadable(image);
    const problem = this.service.problem();
    if (problem !== undefined) throw new OcrError('engine_unavailable', { detail: problem.reason });
    const release = await this.slots.acquire(signal);
    try {
      const found = await this.inTime(signal, (limited) => this.readPatiently({ image, language, signal: limited }));
      return { blocks: assemble(this.name, found, image) };
    } finally {
      release();
    }
  }

  async close(): Promise<void> {
    const reason = new OcrError('engine_unavailable', { detail: 'The engine is closed.' });
    this.slots.close(reason);
    this.closing.abort(reason);
    await this.service.close();
  }

  private async readPatiently(request: RecogniseRequest): Promise<readonly FoundBlock[]> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.service.read(request);
      } catch (error) {
        const pause = error instanceof OcrError ? error.retryAfter : undefined;
        if (pause === undefined || pause > LONGEST_PAUSE || tries > THROTTLE_RETRIES) throw error;
        await wait(pause * 1000, undefined, { signal: request.signal });
      }
    }
  }

  /** Runs the work until it is done, time is up, the engine is closed or the caller aborts. */
  private async inTime<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const clock = new AbortController();
    const { name, timeout } = this;
    const timer = timeout === Infinity ? undefined : setTimeout(() => clock.abort(late(name, timeout)), timeout * 1000);
    const limited = AbortSignal.any([signal, this.closing.signal, clock.signal]);
    try {
      limited.throwIfAborted();
      return await unlessAborted(work(limited), limited);
    } catch (error) {
      // However a client words it, if it notices at all: the first to abort is the reason.
      if (limited.aborted) throw limited.reason;
      if (error instanceof OcrError) throw error;
      throw isAbort(error) || isConnectionError(error) ? unreachable(this.name, error) : unexpected(this.name, error);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The usual problem of a provider nobody uses: "Not configured: a, b are not set.", or undefined when all are set. */
export function unset<Name extends string>(
  settings: Readonly<Partial<Record<Name, unknown>>>,
  ...names: Name[]
): EngineProblem | undefined {
  const missing = names.filter((name) => settings[name] === undefined);
  if (missing.length === 0) return undefined;
  const reason = `Not configured: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not set.`;
  return { reason_code: 'not_configured', reason, missing_settings: missing };
}
