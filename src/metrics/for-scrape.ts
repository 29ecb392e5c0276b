import { inTime } from '../threads/in-time.js';

/** Milliseconds a scrape waits for the database: Prometheus gives up after ten seconds, and would then not learn that it is silent. */
const PATIENCE = 3000;

/** What is found, or undefined when that fails or takes too long for a scrape. */
export function forScrape<T>(found: Promise<T>): Promise<T | undefined> {
  return inTime(
    found.catch(() => undefined),
    PATIENCE,
    undefined,
  );
}
