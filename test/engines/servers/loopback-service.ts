import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decode as decodePng } from 'fast-png';
import { grayTiff } from '../images.js';
import phototest from './phototest.words.json' with { type: 'json' };

/** What a service reads on a page: blocks of paragraphs' lines of words, in pixels of the image it was sent. */
export interface ReadWord {
  text: string;
  box: [number, number, number, number];
  confidence: number;
}
export interface ReadPage {
  width: number;
  height: number;
  /** Paragraphs of lines of words. */
  paragraphs: ReadWord[][][];
}

/** A request as it came in. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Set when the client went away before it had an answer. */
  abandoned: boolean;
  /** Set when half of its answer has been sent, and no more will come. */
  stalled?: boolean;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body: unknown;
}

/** How a service refuses, in its own protocol. */
export type Refusal = 'throttled' | 'down' | 'broken' | 'key' | 'page';

/** One service's wire protocol. */
export interface Protocol {
  /** Answers a request in good order. */
  answer(seen: Seen, service: LoopbackService): Promise<Reply>;
  refuse(why: Refusal, retryAfter?: string): Reply;
}

/**
 * What the service does wrong, for so many requests: among others, half an answer and the end of the connection (`half`), half an answer and
 * then nothing more (`stall`), a connection that is reset (`reset`), an answer only later (`wait`), none at all (`hang`).
 */
export type Fault =
  | { kind: 'refuse'; why: Refusal; retryAfter?: string; times?: number }
  | { kind: 'body'; body: string; times?: number }
  | { kind: 'half'; times?: number }
  | { kind: 'stall'; times?: number }
  | { kind: 'reset'; times?: number }
  | { kind: 'wait'; until: Promise<unknown>; times?: number }
  | { kind: 'hang'; times?: number };

/** Pages so many times taller than wide keep the service busy until its client goes away. */
const TALL = 5;
const known = grayTiff('phototest.tif', 72);

/**
 * A service on this machine that speaks a provider's protocol over real sockets. It decodes the images it gets and knows
 * what stands on the sample `phototest.tif`: what tesseract.js reads there, word for word. It finds nothing on other pages.
 */
export class LoopbackService {
  readonly requests: Seen[] = [];
  fault: Fault | undefined;
  /** Which requests the fault hits; all without it. */
  hits: (seen: Seen) => boolean = () => true;
  private readonly server: Server;

  constructor(private readonly protocol: Protocol) {
    this.server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const url = new URL(request.url ?? '/', 'http://loopback');
        const seen: Seen = {
          method: request.method ?? '',
          path: url.pathname,
          query: url.searchParams,
          headers: request.headers,
          body: Buffer.concat(parts),
          abandoned: false,
        };
        this.requests.push(seen);
        response.on('close', () => (seen.abandoned = !response.writableFinished));
        void this.serve(seen, response).catch((error: unknown) => send(response, { status: 500, body: String(error) }));
      });
    });
  }

  async start(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Reads a page, or never ends on a tall one. @throws when the bytes are no gray PNG */
  async read(png: Uint8Array): Promise<ReadPage> {
    const { width, height, channels, depth, data } = decodePng(png);
    if (channels !== 1 || depth !== 8) throw new Error('not an 8-bit gray image');
    if (height > TALL * width) await new Promise(() => undefined);
    const same = width === known.width && height === known.height && Buffer.from(data.buffer).equals(known.data);
    return { width, height, paragraphs: same ? (phototest as unknown as ReadWord[][][]) : [] };
  }

  private async serve(seen: Seen, response: ServerResponse): Promise<void> {
    const fault = this.takeFault(seen);
    switch (fault?.kind) {
      case 'hang':
        return;
      case 'reset':
        response.socket?.resetAndDestroy();
        return;
      case 'refuse':
        return send(response, this.protocol.refuse(fault.why, fault.retryAfter));
      case 'body':
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(fault.body);
        return;
      case 'half':
      case 'stall': {
        const whole = JSON.stringify((await this.protocol.answer(seen, this)).body);
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(whole) });
        response.write(whole.slice(0, whole.length / 2), () => {
          if (fault.kind === 'half') response.destroy();
          else seen.stalled = true;
        });
        return;
      }
      case 'wait':
        await fault.until;
        return send(response, await this.protocol.answer(seen, this));
      default:
        send(response, await this.protocol.answer(seen, this));
    }
  }

  private takeFault(seen: Seen): Fault | undefined {
    const { fault } = this;
    if (fault === undefined || !this.hits(seen)) return undefined;
    if (fault.times !== undefined) {
      fault.times -= 1;
      if (fault.times <= 0) this.fault = undefined;
    }
    return fault;
  }
}

function send(response: ServerResponse, { status = 200, headers = {}, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
