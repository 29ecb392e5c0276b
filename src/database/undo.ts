import type { Database, Queryable } from './database.js';

class Undone<T> extends Error {
  constructor(readonly value: T) {
    super('The transaction was undone on purpose.');
  }
}

/**
 * A transaction that may change its mind: `undo(value)` rolls everything back and makes `value` the answer.
 * @throws as `Database.transaction`
 */
export async function transactionWithUndo<T>(
  database: Database,
  work: (tx: Queryable, undo: (value: T) => never) => Promise<T>,
): Promise<T> {
  try {
    return await database.transaction((tx) =>
      work(tx, (value) => {
        throw new Undone(value);
      }),
    );
  } catch (error) {
    if (error instanceof Undone) return error.value as T;
    throw error;
  }
}
