import { on } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { CLOSE_CODES } from '../gateway/close-codes.js';
import type { LiveMessage } from '../gateway/messages.js';
import { unreachable, type ApiClient } from './api-client.js';
import { ApiError } from './errors.js';

/** Milliseconds without any sign of the server (it pings every 20 s) after which the connection is taken for dead. */
const SILENCE = 60_000;
const LONGEST_PAUSE = 5000;
/** Events remembered. The server tells a thousand again at most. */
const MOST_SEEN = 2000;

/** Closes after which trying again is of no use, as the coded errors they stand for. */
const REFUSALS: Readonly<Record<number, { code: 'task_not_found' | 'unauthorized' | 'malformed_request'; status: number }>> = {
  [CLOSE_CODES.task_not_found]: { code: 'task_not_found', status: 404 },
  [CLOSE_CODES.unauthorized]: { code: 'unauthorized', status: 401 },
  [CLOSE_CODES.bad_request]: { code: 'malformed_request', status: 400 },
};

export interface FeedOptions {
  readonly signal: AbortSignal;
  /** Id of the last event seen before: what came since is told again. */
  readonly after?: string;
  /** The connection was lost and is being made again. */
  onLost?(): void;
}

/**
 * The messages of `/ws/ocr/task/{id}` (a task id) or `/ws/ocr/all`, until the signal aborts. A lost connection is made
 * again, and what happened meanwhile is told (`after`); each new connection begins with a snapshot.
 * @throws CliError when the server is not there at the beginning; ApiError when it refuses
 */
export async function* liveMessages(
  client: ApiClient,
  target: string | 'all',
  options: FeedOptions,
): AsyncGenerator<LiveMessage> {
  const path = target === 'all' ? '/ws/ocr/all' : `/ws/ocr/task/${encodeURIComponent(target)}`;
  const seen = new SeenEvents(options.after);
  let everOpen = false;
  for (let pause = 250; !options.signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const query = seen.newest === undefined ? '' : `?after=${seen.newest}`;
    try {
      for await (const message of oneConnection(client, path + query, options.signal)) {
        everOpen = true;
        pause = 250;
        if (seen.isNew(message)) yield message;
      }
    } catch (error) {
      if (options.signal.aborted) return;
      if (error instanceof ApiError) throw error;
      if (!everOpen) throw unreachable(client.url, error);
    }
    if (options.signal.aborted) return;
    options.onLost?.();
    await sleep(pause, undefined, { signal: options.signal }).catch(() => {});
  }
}

async function* oneConnection(client: ApiClient, path: string, signal: AbortSignal): AsyncGenerator<LiveMessage> {
  const socket = new WebSocket(client.url.replace(/^http/, 'ws') + path, {
    headers: client.credentials,
    handshakeTimeout: 10_000,
  });
  let closed: { code: number; reason: string } | undefined;
  socket.on('close', (code, reason) => (closed = { code, reason: reason.toString() }));
  let silence = setTimeout(() => socket.terminate(), SILENCE);
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => socket.terminate(), SILENCE);
  };
  socket.on('ping', heard).on('message', heard);
  try {
    for await (const [data] of on(socket, 'message', { close: ['close'], signal })) yield JSON.parse(String(data)) as LiveMessage;
  } finally {
    clearTimeout(silence);
    socket.on('error', () => {}); // a handshake that is cut short says so
    socket.terminate();
  }
  const refused = closed === undefined ? undefined : REFUSALS[closed.code];
  if (refused !== undefined) throw new ApiError({ ...refused, detail: closed?.reason ?? '' });
}

/** What has been told, so that nothing is told twice after a loss: the server may tell again what happened about then. */
class SeenEvents {
  private readonly told = new Set<string>();

  constructor(public newest: string | undefined) {}

  /** Notes the event a message tells of. False when it was told before. */
  isNew(message: LiveMessage): boolean {
    if (message.type === 'stats') return true;
    if (message.last_event_id !== undefined) this.pass(message.last_event_id);
    const event = 'event' in message ? message.event : undefined;
    if (event === undefined) return true;
    this.pass(event.id);
    // With its moment: after a crash of the database another event may bear the id.
    const key = `${event.id} ${event.created_at}`;
    if (this.told.has(key)) return false;
    this.told.add(key);
    if (this.told.size > MOST_SEEN) this.told.delete(this.told.values().next().value!);
    return true;
  }

  /** The newest is the largest: one that was committed late comes after larger ones. */
  private pass(id: string): void {
    if (this.newest === undefined || BigInt(id) > BigInt(this.newest)) this.newest = id;
  }
}
