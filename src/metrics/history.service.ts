import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { HISTORY_WINDOWS, type HistoryDto, type HistoryPointDto, type HistoryWindow } from './history.dto.js';
import { history } from './sql/history.sql.js';

interface HistoryRow {
  at: Date;
  /** Minutes of the step gone by. */
  minutes: number;
  pages_done: number;
  pages_failed: number;
  tasks_completed: number;
  tasks_failed: number;
  wait_ms: number;
  task_ms: number;
  waiting_tasks: number | null;
  oldest_wait_ms: number | null;
}

/** What was done over time, and how the queue stood, from the minutes. Outlives the tasks. */
@Injectable()
export class HistoryService {
  constructor(private readonly database: Database) {}

  /** @throws OcrError service_unavailable */
  async read(window: HistoryWindow): Promise<HistoryDto> {
    const { steps, seconds } = HISTORY_WINDOWS[window];
    const { rows } = await this.database.query<HistoryRow>(history, [steps, seconds]);
    return { window, step_seconds: seconds, points: rows.map(toPoint) };
  }
}

function toPoint(row: HistoryRow): HistoryPointDto {
  const mean = (ms: number) => (row.tasks_completed === 0 ? null : rounded(ms / row.tasks_completed / 1000));
  return {
    at: row.at.toISOString(),
    pages_done: row.pages_done,
    pages_failed: row.pages_failed,
    pages_per_minute: rounded(row.pages_done / row.minutes),
    tasks_completed: row.tasks_completed,
    tasks_failed: row.tasks_failed,
    mean_wait_seconds: mean(row.wait_ms),
    mean_task_seconds: mean(row.task_ms),
    waiting_tasks: row.waiting_tasks,
    oldest_wait_seconds: row.oldest_wait_ms === null ? null : rounded(row.oldest_wait_ms / 1000),
  };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
