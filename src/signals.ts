import { EXIT } from './exit-codes.js';

/** A signal that asks the process to end, and the exit code it stands for. */
export type EndSignal = keyof typeof CODES;
const CODES = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated } as const;

/**
 * Milliseconds within which the same signal counts once: Ctrl+C reaches the whole process group, and npm passes it on to us
 * once more.
 */
const ECHO = 300;

/**
 * Calls `onFirst` at the first SIGINT or SIGTERM, to stop in order; the second ends the process at once with 130 or 143.
 * @returns a function that stops listening
 */
export function onEndSignals(onFirst: (signal: EndSignal, exitCode: number) => void): () => void {
  let first: { signal: EndSignal; at: number } | undefined;
  const hear = (signal: NodeJS.Signals) => {
    const name = signal as EndSignal;
    if (first === undefined) {
      first = { signal: name, at: performance.now() };
      onFirst(name, CODES[name]);
    } else if (first.signal !== name || performance.now() - first.at > ECHO) {
      process.exit(CODES[name]);
    }
  };
  for (const signal of Object.keys(CODES)) process.on(signal, hear);
  return () => {
    for (const signal of Object.keys(CODES)) process.off(signal, hear);
  };
}
