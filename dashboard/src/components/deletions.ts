import { useSyncExternalStore } from 'react';
import { apiKey } from '~/api/api-key';
import { problemOfText } from '~/api/problem';

/** A deletion that nobody can take back any more once it was carried out. */
interface Deletion {
  undo: () => void;
  carryOut: () => void;
}

/**
 * Tasks that are gone for the reader but not yet for the server: their deletion waits for as long as it can be undone, or until the
 * page is left.
 */
class Deletions {
  private hidden: ReadonlySet<string> = new Set();
  private readonly waiting = new Map<string, () => void>();
  private readonly listeners = new Set<() => void>();

  constructor() {
    window.addEventListener('pagehide', () => {
      for (const carryOut of this.waiting.values()) carryOut();
    });
  }

  /** @param done called once the server answered, with the error if there was one */
  schedule(taskId: string, done: (error?: unknown) => void): Deletion {
    this.hide(taskId, true);
    const carryOut = () => {
      if (!this.waiting.delete(taskId)) return;
      send(taskId).then(
        () => done(),
        (error: unknown) => {
          this.hide(taskId, false);
          done(error);
        },
      );
    };
    this.waiting.set(taskId, carryOut);
    const undo = () => {
      if (this.waiting.delete(taskId)) this.hide(taskId, false);
    };
    return { undo, carryOut };
  }

  readonly ids = (): ReadonlySet<string> => this.hidden;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private hide(taskId: string, hidden: boolean): void {
    const next = new Set(this.hidden);
    if (hidden) next.add(taskId);
    else next.delete(taskId);
    this.hidden = next;
    for (const listener of this.listeners) listener();
  }
}

export const deletions = new Deletions();

/** Ids of the tasks being deleted: lists leave them out. */
export function useDeletedIds(): ReadonlySet<string> {
  return useSyncExternalStore(deletions.subscribe, deletions.ids);
}

/** `keepalive`: also when the page is being left. */
async function send(taskId: string): Promise<void> {
  const key = apiKey.get();
  const headers: HeadersInit = key === null ? {} : { Authorization: `Bearer ${key}` };
  const response = await fetch(`/api/ocr/tasks/${taskId}`, { method: 'DELETE', keepalive: true, headers });
  if (!response.ok) throw problemOfText(await response.text(), response.status);
}
