import { SingleBar } from 'cli-progress';
import type { TaskProgress } from '../task-manager/task.types.js';
import { duration } from './format.js';
import type { Terminal } from './terminal.js';

/** Shows how far several documents have come. */
export interface ProgressView {
  /** A document has come further. */
  update(name: string, progress: TaskProgress): void;
  /** A document has come to its end. */
  finished(taskId: string): void;
  /** Writes a line without disturbing the picture. */
  above(write: () => void): void;
  close(): void;
}

/** The view that suits the terminal: a bar where people look, lines in logs, nothing for scripts. */
export function progressView(terminal: Terminal, documents: number): ProgressView {
  if (terminal.json) return new NoView();
  return terminal.isLive ? new BarView(documents) : new LineView(terminal);
}

class NoView implements ProgressView {
  update(): void {}
  finished(): void {}
  above(write: () => void): void {
    write();
  }
  close(): void {}
}

/** A line for each tenth of a document. */
class LineView implements ProgressView {
  private readonly tenths = new Map<string, number>();

  constructor(private readonly terminal: Terminal) {}

  update(name: string, progress: TaskProgress): void {
    const { task_id, pages_total, pages_done, pages_failed, eta_seconds } = progress;
    if (pages_total === null) return;
    const finished = pages_done + pages_failed;
    const tenth = Math.floor((finished / pages_total) * 10);
    if (finished === 0 || tenth <= (this.tenths.get(task_id) ?? 0)) return;
    this.tenths.set(task_id, tenth);
    const rest = eta_seconds === null || eta_seconds === 0 ? '' : `, about ${duration(eta_seconds)} left`;
    const failed = pages_failed === 0 ? '' : `, ${pages_failed} failed`;
    this.terminal.note(`${name}: ${finished}/${pages_total} pages${failed}${rest}`);
  }

  finished(): void {}
  above(write: () => void): void {
    write();
  }
  close(): void {}
}

/** One bar over the pages of all documents that are open so far, with the time they will take at the pace seen. */
class BarView implements ProgressView {
  private readonly bar: SingleBar;
  private readonly known = new Map<string, { total: number; finished: number }>();
  private done = 0;
  private begin: { at: number; finished: number } | undefined;

  constructor(private readonly documents: number) {
    this.bar = new SingleBar({
      format: '{bar} {count}{documents}{left}  {name}',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      barsize: 30,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      // Ctrl+C is the command's own to hear.
      gracefulExit: false,
    });
    this.bar.start(1, 0, this.payload('opening'));
  }

  update(name: string, progress: TaskProgress): void {
    if (progress.pages_total === null) return;
    const finished = progress.pages_done + progress.pages_failed;
    this.known.set(progress.task_id, { total: progress.pages_total, finished });
    this.draw(finished >= progress.pages_total ? `${name} (merging)` : name);
  }

  finished(taskId: string): void {
    const pages = this.known.get(taskId);
    if (pages !== undefined) pages.finished = pages.total;
    this.done++;
    this.draw('');
  }

  above(write: () => void): void {
    process.stderr.write('\r\u001b[K');
    write();
    this.draw('');
  }

  close(): void {
    this.bar.stop();
  }

  private draw(name: string): void {
    const { total, finished } = this.sum();
    this.bar.setTotal(Math.max(1, total));
    this.bar.update(finished, this.payload(name));
  }

  private payload(name: string): object {
    const documents = this.documents === 1 ? '' : `, ${this.done}/${this.documents} documents`;
    const { total, finished } = this.sum();
    const seconds = this.secondsLeft();
    const left = seconds === undefined ? '' : `, about ${duration(seconds)} left`;
    return { name, documents, left, count: total === 0 ? '' : `${finished}/${total} pages` };
  }

  private secondsLeft(): number | undefined {
    const { total, finished } = this.sum();
    if (finished === 0) return undefined;
    this.begin ??= { at: performance.now(), finished };
    const pages = finished - this.begin.finished;
    if (pages <= 0 || finished >= total) return undefined;
    return (((performance.now() - this.begin.at) / pages) * (total - finished)) / 1000;
  }

  private sum(): { total: number; finished: number } {
    let total = 0;
    let finished = 0;
    for (const pages of this.known.values()) {
      total += pages.total;
      finished += pages.finished;
    }
    return { total, finished };
  }
}
