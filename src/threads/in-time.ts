/**
 * What is found, or `late` after so many milliseconds: whoever asks has an answer by then. The work goes on, and what becomes of it
 * afterwards nobody learns.
 * @throws what the work throws in time
 */
export async function inTime<T, L>(found: Promise<T>, milliseconds: number, late: L): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<L>((resolve) => (timer = setTimeout(resolve, milliseconds, late)));
  try {
    return await Promise.race([found, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}
