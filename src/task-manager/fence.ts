/** Thrown when a claim no longer stands: paused, cancelled, rescued. Whoever holds it drops its work; nothing was written. */
export class ClaimLost extends Error {
  constructor() {
    super('The claim no longer stands.');
    this.name = 'ClaimLost';
  }
}

/** Waits for a write under a claim's fence. @returns what it gave @throws ClaimLost when there was nothing it could write to */
export async function fenced<Result extends { rowCount: number | null }>(result: Promise<Result>): Promise<Result> {
  const written = await result;
  if (written.rowCount === 0) throw new ClaimLost();
  return written;
}
