import type pg from 'pg';

/** A queue that is measured. Its work is nothing: what is measured is taking a job and finishing it. */
export interface Contender {
  readonly name: string;
  /** Creates its schema in an empty database. */
  install(): Promise<void>;
  /** Fills its tables with this many waiting jobs. */
  fill(client: pg.Client, jobs: number): Promise<void>;
  /**
   * Takes and finishes jobs one at a time on so many connections for the time given.
   * @returns jobs finished
   */
  work(connections: number, milliseconds: number): Promise<number>;
}

/** Runs `connections` workers for a time, one step after the other. A step gives false when there was nothing to take. */
export async function loops(connections: number, milliseconds: number, worker: () => () => Promise<boolean>): Promise<number> {
  const end = performance.now() + milliseconds;
  let finished = 0;
  const loop = async (step: () => Promise<boolean>) => {
    while (performance.now() < end) if (await step()) finished++;
  };
  await Promise.all(Array.from({ length: connections }, () => loop(worker())));
  return finished;
}
