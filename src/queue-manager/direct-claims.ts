import { Injectable } from '@nestjs/common';
import type { Claim, ClaimWish } from '../task-manager/claim.js';

/** A place kept for the preparation of a task that is about to be made. */
export interface StandBy {
  wish: ClaimWish;
  /** To be called once: with the claim the submission got, if it got one. */
  end(claim?: Claim): void;
}

/**
 * Where submissions meet this node's own work: a node that has a place and knows that nothing waits for it takes a task's preparation in
 * the statement that makes the task. Without the `worker` role nobody stands by.
 */
@Injectable()
export class DirectClaims {
  private worker: () => StandBy | undefined = () => undefined;

  /** Named once, by whoever works here. */
  askFrom(worker: () => StandBy | undefined): void {
    this.worker = worker;
  }

  /** @returns a place, which must be ended whatever becomes of the submission; undefined when none is free */
  standBy(): StandBy | undefined {
    return this.worker();
  }
}
