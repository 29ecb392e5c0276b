/** Requests one node has under way at all receivers together. */
const PLACES = 32;
/** How many of them receivers may take that have not been well of late, or never were asked: the others are for those that answer. */
const UNPROVEN_PLACES = 24;
/** Requests under way at one receiver that answers well. */
const MOST_EACH = 8;
/** Seconds a receiver that does not answer is left alone: doubled from the first up to the last. */
const FIRST_REST = 1;
const LAST_REST = 60;
/** Receivers remembered. Who is forgotten begins anew. */
const REMEMBERED = 5000;

/** How a receiver has been doing. */
interface Condition {
  underWay: number;
  /** How many requests it is trusted with; 1 until it has answered. */
  width: number;
  /** In a row. */
  failures: number;
  /** By the monotonic clock. */
  restUntil: number;
  /** When it was last sent something, counted in requests. */
  servedAt: number;
}

/**
 * Shares a node's requests out among receivers. One that answers is soon given several at a time; one that does not is asked ever more
 * rarely, by one request at a time, and all such together never take every place: what waits for it holds up no other.
 */
export class Receivers {
  private readonly conditions = new Map<string, Condition>();
  private underWay = 0;
  private unproven = 0;
  private requests = 0;

  /** @param now milliseconds of a monotonic clock */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Places that are free. */
  get free(): number {
    return PLACES - this.underWay;
  }

  /**
   * How many requests may be sent to each of these at the moment; who gets none is left out. Who has the fewest under way comes first, of these
   * who has waited longest for a place.
   */
  roomFor(receivers: readonly string[]): Map<string, number> {
    const rooms = new Map<string, number>();
    let free = this.free;
    let unproven = UNPROVEN_PLACES - this.unproven;
    for (const receiver of this.inTurn(receivers)) {
      const condition = this.conditions.get(receiver);
      if ((condition?.restUntil ?? 0) > this.now()) continue;
      const isUnproven = !isProven(condition);
      const wished = (condition?.width ?? 1) - (condition?.underWay ?? 0);
      const room = Math.min(wished, free, isUnproven ? unproven : free);
      if (room <= 0) continue;
      rooms.set(receiver, room);
      free -= room;
      if (isUnproven) unproven -= room;
    }
    return rooms;
  }

  /** Takes a place for a request. @returns what is called once, with how it ended */
  begin(receiver: string): (end: RequestEnd) => void {
    const condition = this.conditions.get(receiver) ?? { underWay: 0, width: 1, failures: 0, restUntil: 0, servedAt: 0 };
    const isUnproven = !isProven(condition);
    this.remember(receiver, condition);
    condition.underWay++;
    condition.servedAt = ++this.requests;
    this.underWay++;
    if (isUnproven) this.unproven++;
    return ({ isWell, retryAfter = 0 }) => {
      condition.underWay--;
      this.underWay--;
      if (isUnproven) this.unproven--;
      // What was under way when the rest began says nothing new.
      if (isWell === undefined || (!isWell && condition.restUntil > this.now())) return;
      condition.failures = isWell ? 0 : condition.failures + 1;
      condition.width = isWell ? Math.min(MOST_EACH, condition.width * 2) : 1;
      // Whoever comes after has not asked for it: it is asked again in a minute at most.
      const rest = Math.min(LAST_REST, Math.max(retryAfter, FIRST_REST * 2 ** (condition.failures - 1)));
      condition.restUntil = isWell ? 0 : this.now() + rest * 1000;
    };
  }

  private inTurn(receivers: readonly string[]): string[] {
    const turns = receivers.map((receiver) => ({ receiver, underWay: 0, servedAt: 0, ...this.conditions.get(receiver) }));
    return turns.sort((a, b) => a.underWay - b.underWay || a.servedAt - b.servedAt).map(({ receiver }) => receiver);
  }

  private remember(receiver: string, condition: Condition): void {
    this.conditions.delete(receiver);
    this.conditions.set(receiver, condition);
    for (const [name, { underWay }] of this.conditions) {
      if (this.conditions.size <= REMEMBERED) return;
      if (underWay === 0) this.conditions.delete(name);
    }
  }
}

/** How a request to a receiver ended. */
export interface RequestEnd {
  /** Whether it answered as one that works; undefined: it was not waited for. */
  isWell: boolean | undefined;
  /** Seconds it asked to be left alone. */
  retryAfter?: number;
}

function isProven(condition: Condition | undefined): boolean {
  return condition !== undefined && condition.width > 1;
}
