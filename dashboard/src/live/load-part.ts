import { liveSocket } from './live';

/** Milliseconds until a part is asked for again while the server is away. */
const RETRY_MS = 3000;

/**
 * Fetches a part of the dashboard's code. While the server is away this waits and tries again, at once when the connection is
 * back: whoever opens a view in that time sees it come by itself. Rejects when the server answers and has no such part, as after
 * an update of the server.
 */
export async function loadPart<Part>(load: () => Promise<Part>): Promise<Part> {
  for (;;) {
    try {
      return await load();
    } catch (error) {
      if (await serverAnswers()) throw error;
      await reconnectionOrPause();
    }
  }
}

async function serverAnswers(): Promise<boolean> {
  return fetch('/livez', { cache: 'no-store' }).then(
    () => true,
    () => false,
  );
}

function reconnectionOrPause(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, RETRY_MS);
    const unsubscribe = liveSocket.onConnection(() => {
      if (liveSocket.connection().state === 'open') done();
    });
    function done(): void {
      clearTimeout(timer);
      unsubscribe();
      resolve();
    }
  });
}
