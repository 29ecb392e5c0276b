import { PAUSES } from '../remote/persistently.js';

/** How patient a node is with Document AI and its storage. All in seconds. */
export interface Patience {
  /** Pauses before what costs no page is asked once more; as many tries as there are pauses, and the first. */
  readonly pauses: readonly number[];
  /** What a batch that was given up may take to end over there, before what it left is cleared away. */
  readonly farewell: number;
  /** For how long no batches are made after one failed. */
  readonly rest: number;
}

export const PATIENCE: Patience = { pauses: PAUSES, farewell: 5, rest: 600 };
