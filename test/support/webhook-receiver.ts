import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebhookBody } from '../../src/webhooks/webhook-body.js';

/** A webhook as its receiver got it. */
export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  /** As it was sent: what is signed. */
  raw: string;
  body: WebhookBody;
}

/** Answers a request; never called back: it hangs. */
export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** A receiver of webhooks on loopback. Each test says how it answers. */
export class WebhookReceiver {
  readonly received: Received[] = [];
  answer: Answer = (response) => response.writeHead(204).end();
  private readonly server = createServer((request, response) => void this.take(request, response));

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    return receiver;
  }

  url(path = '/hooks'): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  /** Answers with this status from now on. */
  answerWith(status: number, headers: Record<string, string> = {}): void {
    this.answer = (response) => response.writeHead(status, headers).end();
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let raw = '';
    for await (const part of request) raw += part;
    this.received.push({ path: request.url ?? '', headers: request.headers, raw, body: JSON.parse(raw) as WebhookBody });
    this.answer(response, request);
  }
}
