import { useEffect, useState, useSyncExternalStore } from 'react';
import { LiveSocket, type Connection } from './live-socket';
import type { TaskMessage } from './messages';

/** The page's socket. `main.tsx` starts it and gives what it hears to the query cache. */
export const liveSocket = new LiveSocket();

/** Milliseconds between two fetches while the socket is away. */
const POLL_MS = 3000;
/** Milliseconds between two fetches while a task is held. */
const HELD_MS = 10_000;

export function useConnection(): Connection {
  return useSyncExternalStore(liveSocket.onConnection, liveSocket.connection);
}

/** The `refetchInterval` of queries the socket keeps fresh: polling only while it is away, and not with a key that is refused. */
export function usePollingFallback(): number | false {
  const { state } = useConnection();
  return state === 'open' || state === 'refused' ? false : POLL_MS;
}

/** The same for tasks, of which some may be held: of one that waits for its turn, no message says that it is let go. */
export function useTaskPolling(): (isHeld: boolean) => number | false {
  const polling = usePollingFallback();
  return (isHeld) => (isHeld && polling === false ? HELD_MS : polling);
}

/** Calls `listener` for every message about a task. It must be stable. */
export function useTaskMessages(listener: (message: TaskMessage) => void): void {
  useEffect(
    () =>
      liveSocket.onMessage((message) => {
        if (message.type !== 'snapshot' && message.type !== 'stats') listener(message);
      }),
    [listener],
  );
}

/** The time, told anew every `everyMs`. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
