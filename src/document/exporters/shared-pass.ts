interface Asked<T> {
  resolve(result: IteratorResult<T>): void;
  reject(error: unknown): void;
}

/**
 * One pass over the items for several readers: the next item is made once all of them have asked for it, so one is held at a time. A reader
 * that stops keeps nobody waiting; the source ends with the last one. All must be read at the same time.
 * @param signal ends the readers with its reason, those too that wait for others
 */
export function sharedPass<T>(items: AsyncIterable<T>, readers: number, signal: AbortSignal): AsyncIterable<T>[] {
  const source = items[Symbol.asyncIterator]();
  let reading = readers;
  let waiting: Asked<T>[] = [];

  const answer = (tell: (asked: Asked<T>) => void): void => waiting.splice(0).forEach(tell);
  const advance = (): void => {
    if (waiting.length < reading || reading === 0) return;
    const round = waiting;
    waiting = [];
    source.next().then(
      (result) => round.forEach(({ resolve }) => resolve(result)),
      (error: unknown) => round.forEach(({ reject }) => reject(error)),
    );
  };
  const ask = (): Promise<IteratorResult<T>> => {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      advance();
    });
  };
  signal.addEventListener('abort', () => answer(({ reject }) => reject(signal.reason)), { once: true });

  async function* reader(): AsyncGenerator<T> {
    try {
      for (let next = await ask(); !next.done; next = await ask()) yield next.value;
    } finally {
      reading--;
      if (reading === 0) await source.return?.();
      else advance();
    }
  }
  return Array.from({ length: readers }, reader);
}
