import type { TaskProgress } from '../task-manager/task.types.js';

/** `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `12/40 pages, 2 failed`; empty while the number of pages is not known. */
export function pages({
  pages_total,
  pages_done,
  pages_failed,
}: Pick<TaskProgress, 'pages_total' | 'pages_done' | 'pages_failed'>): string {
  if (pages_total === null) return '';
  return `${pages_done}/${pages_total} ${pages_total === 1 ? 'page' : 'pages'}${pages_failed > 0 ? `, ${pages_failed} failed` : ''}`;
}

/** `1 task`, `12 tasks`. */
export function tasks(count: number): string {
  return `${count} ${count === 1 ? 'task' : 'tasks'}`;
}

/** Rows as columns of equal width, two spaces between them. The last column is not padded. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  '),
  );
}
