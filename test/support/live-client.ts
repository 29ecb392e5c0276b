import { WebSocket, type ClientOptions } from 'ws';
import type { AllSnapshot, StatsMessage, TaskMessage } from '../../src/gateway/messages.js';

/** Any message, with all fields there may be. */
export type AnyMessage = Partial<Omit<TaskMessage, 'type'> & Omit<AllSnapshot, 'type'> & Omit<StatsMessage, 'type'>> & {
  type: string;
};

/** Messages in the order they came, and a way to wait for one. */
export class Inbox {
  readonly messages: AnyMessage[] = [];
  private waiting: (() => void)[] = [];

  take(message: AnyMessage): void {
    this.messages.push(message);
    for (const look of this.waiting.splice(0)) look();
  }

  /** The first message that fits, past or to come. */
  async find(fits: (message: AnyMessage) => boolean): Promise<AnyMessage> {
    for (;;) {
      const found = this.messages.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }
}

/** A plain WebSocket of the seed's kind. */
export class LiveClient extends Inbox {
  /** Resolves when the socket is closed. */
  readonly closed: Promise<{ code: number; reason: string }>;

  private constructor(readonly socket: WebSocket) {
    super();
    socket.on('error', () => {});
    socket.on('message', (data: Buffer) => this.take(JSON.parse(data.toString('utf8')) as AnyMessage));
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') }));
    });
  }

  /** Opens without waiting. @param path e.g. `/ws/ocr/all` */
  static open(host: string, path: string, options: ClientOptions = {}): LiveClient {
    return new LiveClient(new WebSocket(`ws://${host}${path}`, options));
  }

  /** Opens and waits for the snapshot. */
  static async watch(host: string, path: string, options: ClientOptions = {}): Promise<LiveClient> {
    const client = LiveClient.open(host, path, options);
    await client.find((message) => message.type === 'snapshot');
    return client;
  }
}
