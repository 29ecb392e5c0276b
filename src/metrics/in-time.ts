/** Milliseconds a scrape waits for the database: Prometheus gives up after ten seconds, and would then not learn that it is silent. */
const PATIENCE = 3000;

/** What is found, or undefined when that fails or takes too long for a scrape. */
export async function inTime<T>(found: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, PATIENCE, undefined)));
  const answer = found.catch(() => undefined);
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
