import { setTimeout as wait } from 'node:timers/promises';
import type { protos } from '@google-cloud/documentai';
import { OcrError } from '../../../errors/ocr-error.js';
import { persistently } from '../remote/persistently.js';
import { unlessAborted } from '../remote/unless-aborted.js';
import { answerTo, ONCE, within, type Call } from './calls.js';
import type { Client } from './client.js';
import { errorOfDocumentAi, errorOfRpcStatus } from './errors.js';
import type { Patience } from './patience.js';

type Request = protos.google.cloud.documentai.v1.IBatchProcessRequest;
type Metadata = protos.google.cloud.documentai.v1.IBatchProcessMetadata;
type State = protos.google.longrunning.IOperation;

/** Seconds between the first two questions how a batch stands; each time half as much longer, up to the other. */
const FIRST_PAUSE = 0.1;
const LONGEST_PAUSE = 15;
/** Seconds the start of a batch, and the answer how it stands, may take. */
const START_TIMEOUT = 60;
const STATE_TIMEOUT = 30;

/** A batch of one document on its way through Document AI: a long-running operation (https://google.aip.dev/151). */
export class BatchOperation {
  private starting: Call<{ name?: string | null }> | undefined;
  private ended = false;

  /** @param provider API name of the provider: errors name it */
  constructor(
    private readonly client: Client,
    private readonly provider: string,
    private readonly patience: Patience,
  ) {}

  /**
   * Begins it; as long as it is throttled, after a while. After an error it may begin all the same: see {@link abandon}.
   * @throws OcrError `engine_failed` when it is throttled still: single requests have a quota of their own; others; or the signal's reason
   */
  async start(request: Request, signal: AbortSignal): Promise<void> {
    const isThrottled = (error: OcrError) => error.code === 'engine_unavailable' && error.retryAfter !== undefined;
    try {
      await persistently(this.patience.pauses, signal, () => this.startOnce(request, signal), isThrottled);
    } catch (error) {
      if (!(error instanceof OcrError) || !isThrottled(error)) throw error;
      throw new OcrError('engine_failed', { detail: error.message, cause: error });
    }
  }

  private async startOnce(request: Request, signal: AbortSignal): Promise<void> {
    const { batchProcessDocuments } = this.client.innerApiCalls;
    const starting = (batchProcessDocuments as unknown as (request: Request, options: object) => Call<State>)(request, ONCE);
    this.starting = starting;
    try {
      await within(this.provider, START_TIMEOUT, signal, (limited) => unlessAborted(starting, limited));
    } catch (error) {
      signal.throwIfAborted();
      throw errorOfDocumentAi(this.provider, error);
    }
  }

  /** Waits until it has ended. @throws OcrError: what went wrong with it, or with asking; or the signal's reason */
  async end(signal: AbortSignal): Promise<void> {
    const { error, metadata } = await this.lastState(signal);
    this.ended = true;
    if (error !== null && error !== undefined) throw errorOfRpcStatus(this.provider, error);
    const [one] = this.metadataOf(metadata).individualProcessStatuses ?? [];
    if (Number(one?.status?.code ?? 0) !== 0) throw errorOfRpcStatus(this.provider, one!.status!);
  }

  /**
   * Cancels it unless it has ended, and waits until it has, for a while: until then it may still write. Never throws: what becomes of
   * it then is not known.
   */
  async abandon(): Promise<void> {
    if (this.starting === undefined || this.ended) return;
    const signal = AbortSignal.timeout(Math.round(this.patience.farewell * 1000));
    try {
      const { name } = await answerTo(this.starting, signal);
      await answerTo(this.client.operationsClient.cancelOperation({ name } as never, ONCE) as unknown as Call<unknown>, signal);
      await this.lastState(signal);
    } catch {
      // It was never begun, or does not end in time.
    }
  }

  private async lastState(signal: AbortSignal): Promise<State> {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
      const state = await persistently(this.patience.pauses, signal, () => this.state(signal));
      if (state.done === true) return state;
      await wait(pause * 1000, undefined, { signal });
    }
  }

  private async state(signal: AbortSignal): Promise<State> {
    const [{ name }] = await this.starting!;
    try {
      return await within(this.provider, STATE_TIMEOUT, signal, (limited) =>
        answerTo(this.client.operationsClient.getOperationInternal({ name } as never, ONCE) as unknown as Call<State>, limited),
      );
    } catch (error) {
      signal.throwIfAborted();
      throw errorOfDocumentAi(this.provider, error);
    }
  }

  private metadataOf(packed: State['metadata']): Metadata {
    const { metadataDecoder } = this.client.descriptors.longrunning!.batchProcessDocuments!;
    return (metadataDecoder as (bytes: unknown) => Metadata)(packed?.value ?? new Uint8Array());
  }
}
