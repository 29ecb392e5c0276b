import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import type { SubmittedDto, TaskDto, TaskListDto } from '../api/dto/task.dto.js';
import type { Problem } from '../api/http/problem.js';
import type { RetryOptions, SubmitRequest } from '../api/requests/submit-request.js';
import type { ClientSettings } from '../config/client-settings.js';
import { EXIT } from '../exit-codes.js';
import { ApiError, CliError } from './errors.js';

/** What can be said of how a document is to be treated; what is left out the server decides. */
export type Treatment = Pick<SubmitRequest, 'priority' | 'options' | 'tenant' | 'metadata'>;

export type Change = 'pause' | 'resume' | 'cancel';

/** The REST API of a server. Every method throws ApiError for a coded refusal, CliError when the server is not there. */
export class ApiClient {
  constructor(private readonly settings: ClientSettings) {}

  get url(): string {
    return this.settings.url;
  }

  /** The headers that show the key, if there is one. */
  get credentials(): Record<string, string> {
    return this.settings.apiKey === undefined ? {} : { authorization: `Bearer ${this.settings.apiKey}` };
  }

  /** Hands in a file of this machine; it is streamed. @throws CliError (noInput) also when it cannot be read, or changes meanwhile */
  async upload(path: string, treatment: Treatment, idempotencyKey?: string): Promise<SubmittedDto> {
    const form = new FormData();
    for (const [name, value] of Object.entries(treatment)) {
      if (value !== undefined) form.set(name, typeof value === 'string' ? value : JSON.stringify(value));
    }
    const unread = (error: unknown) =>
      new CliError(`${path} cannot be read, or was changed while it was sent.`, EXIT.noInput, { cause: error });
    const file = await openAsBlob(path).catch((error: unknown) => {
      throw unread(error);
    });
    form.set('file', file, basename(path));
    return this.json<SubmittedDto>('/api/ocr/upload', { method: 'POST', body: form, headers: keyHeader(idempotencyKey) }).catch(
      (error: unknown) => {
        const { cause } = (error as { cause?: { cause?: unknown } }).cause ?? {};
        throw cause instanceof Error && cause.name === 'NotReadableError' ? unread(error) : error;
      },
    );
  }

  /** Hands in a document the server can reach itself. */
  async submit(request: SubmitRequest, idempotencyKey?: string): Promise<SubmittedDto> {
    const headers = { 'content-type': 'application/json', ...keyHeader(idempotencyKey) };
    return this.json('/api/ocr/tasks', { method: 'POST', body: JSON.stringify(request), headers });
  }

  async task(taskId: string): Promise<TaskDto> {
    return this.json(taskPath(taskId));
  }

  async change(taskId: string, change: Change): Promise<TaskDto> {
    return this.json(`${taskPath(taskId)}/${change}`, { method: 'POST' });
  }

  /** @param options what is done differently this time */
  async retry(taskId: string, options: RetryOptions): Promise<TaskDto> {
    const isPlain = Object.values(options).every((value) => value === undefined);
    const said = { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ options }) };
    return this.json(`${taskPath(taskId)}/retry`, { method: 'POST', ...(isPlain ? {} : said) });
  }

  async delete(taskId: string): Promise<void> {
    await this.send(taskPath(taskId), { method: 'DELETE' });
  }

  async list(query: Readonly<Record<string, string | undefined>>): Promise<TaskListDto> {
    const said = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return this.json(`/api/ocr/tasks?${new URLSearchParams(said).toString()}`);
  }

  /** One result, as a stream of its bytes. */
  async result(taskId: string, format: string): Promise<ReadableStream<Uint8Array>> {
    const response = await this.send(`${taskPath(taskId)}/result?format=${encodeURIComponent(format)}`);
    return response.body ?? new Blob([]).stream();
  }

  async json<T>(path: string, init?: RequestInit): Promise<T> {
    const response = await this.send(path, init);
    try {
      return (await response.json()) as T;
    } catch (error) {
      throw new CliError(`${this.url} does not answer like an OCR Queue server.`, EXIT.unavailable, { cause: error });
    }
  }

  private async send(path: string, init: RequestInit = {}): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(this.url + path, { ...init, headers: { ...this.credentials, ...(init.headers as object) } });
    } catch (error) {
      throw unreachable(this.url, error);
    }
    if (!response.ok) throw await refusal(response, this.url);
    return response;
  }
}

/** Nobody answers at the address. */
export function unreachable(url: string, error: unknown): CliError {
  const { cause } = error as { cause?: unknown };
  const reason = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : (error as Error).message;
  return new CliError(
    `No OCR Queue server answers at ${url}${reason === undefined || reason === '' ? '' : ` (${reason})`}. ` +
      'Start one with `ocr-queue serve`, or name another with --url.',
    EXIT.unavailable,
    { cause: error },
  );
}

async function refusal(response: Response, url: string): Promise<CliError> {
  const problem = (await response.json().catch(() => undefined)) as Problem | undefined;
  if (typeof problem?.code === 'string') return new ApiError(problem, response.headers.get('retry-after'));
  // What a proxy says of this one call it need not say of the next.
  const isAway = response.ok || [404, 502, 503, 504].includes(response.status);
  return new CliError(
    isAway
      ? `${url} answered ${response.status}; it is no OCR Queue server, or one that is not ready.`
      : `${url} answered ${response.status}, which is no answer of an OCR Queue server; a proxy before it may have limits of its own.`,
    isAway ? EXIT.unavailable : EXIT.failed,
  );
}

function taskPath(taskId: string): string {
  return `/api/ocr/tasks/${encodeURIComponent(taskId)}`;
}

function keyHeader(idempotencyKey: string | undefined): Record<string, string> {
  return idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
}
