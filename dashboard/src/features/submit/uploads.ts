import { useSyncExternalStore } from 'react';
import { apiKey } from '~/api/api-key';
import { freshId } from '~/api/fresh-id';
import { ApiProblem, problemOfText, UNREACHABLE } from '~/api/problem';
import type { SubmitOptions } from './submit-options';
import { toRequest } from './submit-options';

/** A file chosen, or on its way. `sent` is 0..1; `sending` stays until the server has answered. */
export interface Upload {
  id: string;
  file: File;
  state: 'chosen' | 'waiting' | 'sending' | 'sent' | 'failed' | 'cancelled';
  sent: number;
  taskId?: string;
  error?: unknown;
}

/** Files sent at the same time. */
const PARALLEL = 3;

/**
 * The files being handed in. They belong to the page, not to the view: uploads go on while the reader looks at something else, and
 * closing the tab asks first.
 */
class Uploads {
  private list: readonly Upload[] = [];
  private readonly requests = new Map<string, XMLHttpRequest>();
  private readonly options = new Map<string, SubmitOptions>();
  private readonly listeners = new Set<() => void>();

  constructor() {
    window.addEventListener('beforeunload', (event) => {
      if (this.list.some(isUnderWay)) event.preventDefault();
    });
  }

  readonly all = (): readonly Upload[] => this.list;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Puts files on the list. Nothing is sent before {@link start}. */
  choose(files: readonly File[]): void {
    const added = files.map((file): Upload => ({ id: freshId(), file, state: 'chosen', sent: 0 }));
    this.become([...this.list, ...added]);
  }

  /** Takes files that are chosen off the list: one, or all of them. */
  leaveOut(id?: string): void {
    this.become(this.list.filter((upload) => upload.state !== 'chosen' || (id !== undefined && upload.id !== id)));
  }

  /** Sends what is chosen, to be read as the options say. */
  start(options: SubmitOptions): void {
    for (const { id, state } of this.list) if (state === 'chosen') this.options.set(id, options);
    this.become(this.list.map((upload) => (upload.state === 'chosen' ? { ...upload, state: 'waiting' } : upload)));
    this.sendNext();
  }

  cancel(id: string): void {
    this.requests.get(id)?.abort();
    this.change(id, { state: 'cancelled' });
    this.sendNext();
  }

  retry(id: string): void {
    this.change(id, { state: 'waiting', sent: 0, error: undefined });
    this.sendNext();
  }

  /** Takes what is over off the list. */
  clear(): void {
    this.become(this.list.filter((upload) => isUnderWay(upload) || upload.state === 'chosen'));
  }

  private sendNext(): void {
    const free = PARALLEL - this.list.filter(({ state }) => state === 'sending').length;
    for (const upload of this.list.filter(({ state }) => state === 'waiting').slice(0, Math.max(0, free))) this.send(upload);
  }

  /** Not `fetch`, which cannot tell how far a request's body has come. */
  private send({ id, file }: Upload): void {
    const request = new XMLHttpRequest();
    this.requests.set(id, request);
    this.change(id, { state: 'sending', sent: 0 });
    request.upload.onprogress = ({ loaded, total }) => this.change(id, { sent: total === 0 ? 1 : loaded / total });
    request.onerror = () => this.end(id, { state: 'failed', error: UNREACHABLE });
    request.onabort = () => this.end(id, { state: 'cancelled' });
    request.open('POST', '/api/ocr/upload');
    const key = apiKey.get();
    request.onload = () => this.answered(id, request, key);
    if (key !== null) request.setRequestHeader('Authorization', `Bearer ${key}`);
    // The same file sent again after a lost answer makes no second task.
    request.setRequestHeader('Idempotency-Key', id);
    request.send(formOf(file, this.options.get(id)));
  }

  private answered(id: string, request: XMLHttpRequest, key: string | null): void {
    if (request.status >= 200 && request.status < 300) {
      const { task_id } = JSON.parse(request.responseText) as { task_id: string };
      this.end(id, { state: 'sent', sent: 1, taskId: task_id });
      return;
    }
    const error = problemOfText(request.responseText, request.status);
    if (error.code === 'unauthorized') apiKey.refused(key);
    this.end(id, { state: 'failed', error });
  }

  private end(id: string, change: Partial<Upload>): void {
    this.requests.delete(id);
    this.change(id, change);
    this.sendNext();
  }

  private change(id: string, change: Partial<Upload>): void {
    this.become(this.list.map((upload) => (upload.id === id ? { ...upload, ...change } : upload)));
  }

  private become(list: readonly Upload[]): void {
    this.list = list;
    for (const listener of this.listeners) listener();
  }
}

export const uploads = new Uploads();

export function useUploads(): readonly Upload[] {
  return useSyncExternalStore(uploads.subscribe, uploads.all);
}

export function isUnderWay({ state }: Upload): boolean {
  return state === 'waiting' || state === 'sending';
}

/** True where sending the same again may work. */
export function isWorthRetrying({ state, error }: Upload): boolean {
  return state === 'cancelled' || (state === 'failed' && !(error instanceof ApiProblem && !error.retryable));
}

/** The file comes last, so that the server knows the options when it begins. */
function formOf(file: File, options: SubmitOptions | undefined): FormData {
  const form = new FormData();
  const { priority, options: chosen, tenant } = toRequest(options);
  form.append('priority', priority);
  if (tenant !== undefined) form.append('tenant', tenant);
  form.append('options', JSON.stringify(chosen));
  form.append('file', file, file.name);
  return form;
}
