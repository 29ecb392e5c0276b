import { expect, it } from 'vitest';
import { progressView } from './progress-view.js';
import type { Terminal } from './terminal.js';

it('says in lines how far a document has come, and that pages of it failed', () => {
  const notes: string[] = [];
  const view = progressView(
    { json: false, isLive: false, note: (text: string) => void notes.push(text) } as unknown as Terminal,
    1,
  );
  const progress = { task_id: 't', status: 'running', progress: 0, pages_total: 2, pages_failed: 0, eta_seconds: null } as const;
  view.update('a.pdf', { ...progress, pages_done: 1 });
  view.update('a.pdf', { ...progress, pages_done: 1, pages_failed: 1 });
  expect(notes).toEqual(['a.pdf: 1/2 pages', 'a.pdf: 2/2 pages, 1 failed']);
});
