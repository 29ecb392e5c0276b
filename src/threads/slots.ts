/**
 * A fixed number of places for work that may run at the same time. Callers over that number wait first come, first
 * served; an aborted one leaves the line.
 */
export class Slots {
  private free: number;
  private readonly waiting: { enter: () => void; refuse: (reason: unknown) => void }[] = [];
  private closedBy: Error | undefined;

  constructor(readonly size: number) {
    this.free = size;
  }

  /**
   * Waits for a place and takes it. The function returned gives it back; calling it again does nothing.
   * @throws the signal's reason when aborted while waiting, or the error given to {@link close}.
   */
  async acquire(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.closedBy !== undefined) throw this.closedBy;
    if (this.free > 0) this.free -= 1;
    else await this.stand(signal);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = this.waiting.shift();
      if (next === undefined) this.free += 1;
      else next.enter();
    };
  }

  /** Turns away everyone who waits, and everyone who comes later, with `reason`. */
  close(reason: Error): void {
    this.closedBy = reason;
    for (const caller of this.waiting.splice(0)) caller.refuse(reason);
  }

  private stand(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(caller), 1);
        reject(signal?.reason as Error);
      };
      const caller = {
        enter: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
        refuse: (reason: unknown) => {
          signal?.removeEventListener('abort', leave);
          reject(reason as Error);
        },
      };
      this.waiting.push(caller);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }
}
