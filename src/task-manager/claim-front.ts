import type { Claim, ClaimWish } from './claim.js';

/** Milliseconds after which a task is looked at from its first job again: one that came back waits there. */
const LOOK_AGAIN = 1000;

/**
 * How far a node has come in the task it took its last chunk of. Looking behind that spares a claim the index entries of all the chunks taken
 * before, of which a vacuum may not have cleared any away (see the migration of `ocr_next_job`). Once a second a claim looks from the front.
 */
export class ClaimFront {
  private last: { taskId: string; position: number; lookedAt: number } | undefined;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /**
   * For a claim that may take a chunk: nothing, when it is time to look from the front. That look is made by whoever asks, so only those
   * ask who can take what it finds.
   */
  get behind(): ClaimWish['behind'] {
    if (this.last === undefined) return undefined;
    if (this.now() - this.last.lookedAt >= LOOK_AGAIN) {
      this.last.lookedAt = this.now();
      return undefined;
    }
    return this.last;
  }

  /** What a claim got. */
  took({ kind, position, task }: Pick<Claim, 'kind' | 'position'> & { readonly task: Pick<Claim['task'], 'id'> }): void {
    if (kind !== 'chunk') return;
    if (this.last?.taskId === task.id) this.last.position = position;
    else this.last = { taskId: task.id, position, lookedAt: this.now() };
  }
}
