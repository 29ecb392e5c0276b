import type { JobKind } from '../task-manager/task.types.js';

/**
 * Kinds of job of which a node found none it could take, until it hears of new ones: as long as that holds, it need not look again when a place
 * of its becomes free. It holds no longer than the node's poll, since a notification can get lost and a backoff ends without one.
 */
export class VainLooks {
  private readonly until = new Map<JobKind, number>();
  private news = 0;

  /**
   * @param goodFor milliseconds
   * @param now milliseconds of a clock that only goes forward
   */
  constructor(
    private readonly goodFor: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Something may wait now that did not. */
  forget(): void {
    this.news++;
    this.until.clear();
  }

  /** Whether a look for jobs of these kinds may find one. */
  mayFind(kinds: readonly JobKind[]): boolean {
    return kinds.some((kind) => (this.until.get(kind) ?? -Infinity) <= this.now());
  }

  /** Begins a look for these kinds. @returns what is to be called when nothing was found; what was heard of meanwhile, it may have missed */
  begin(kinds: readonly JobKind[]): () => void {
    const { news } = this;
    return () => {
      if (news === this.news) for (const kind of kinds) this.until.set(kind, this.now() + this.goodFor);
    };
  }
}
