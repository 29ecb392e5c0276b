import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { WebSocketServer, type WebSocket } from 'ws';
import { ApiKeys } from '../access/api-keys.js';
import { Origins } from '../access/origins.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import type { Target } from './audience.js';
import { CLOSE_CODES } from './close-codes.js';
import { LiveUpdates } from './live-updates.js';
import { PlainAudience } from './plain-audience.js';
import { PlainClient } from './plain-client.js';
import { readAfter, readSocketPath, type SocketPath } from './socket-request.js';
import { SOCKET_IO_PATH } from './socket-io.gateway.js';
import { SocketRefusals } from './socket-refusals.js';

const PING_INTERVAL = 20_000;
/** Milliseconds clients have at shutdown. */
const FAREWELL = 500;
/** Bytes; clients have nothing to say. */
const LONGEST_INBOUND = 4096;

/**
 * The plain WebSockets `/ws/ocr/task/{task_id}` and `/ws/ocr/all`, on the server's `upgrade` event. Socket.IO hangs on the same
 * event and minds its own path; every other upgrade is answered 404 here.
 */
@Injectable()
export class PlainSockets implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly server = new WebSocketServer({
    noServer: true,
    maxPayload: LONGEST_INBOUND,
    perMessageDeflate: false,
  });
  private readonly audience = new PlainAudience();
  private readonly clients = new Set<PlainClient>();
  /** Every socket that left HTTP, whoever took it. */
  private readonly upgraded = new Set<Duplex>();
  private pings: NodeJS.Timeout | undefined;

  constructor(
    private readonly http: HttpAdapterHost,
    private readonly live: LiveUpdates,
    private readonly keys: ApiKeys,
    private readonly origins: Origins,
    private readonly refusals: SocketRefusals,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    const server: Server = this.http.httpAdapter.getHttpServer();
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => this.upgrade(request, socket, head));
    this.live.addAudience(this.audience);
    this.pings = setInterval(() => this.pingAll(), PING_INTERVAL).unref();
  }

  /** Says goodbye, then cuts who is left, Socket.IO's too: the HTTP server does not close while upgraded sockets are open. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.pings);
    const closed = [...this.upgraded].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const client of this.clients) client.close(CLOSE_CODES.going_away, 'The server is shutting down.');
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([Promise.all(closed), new Promise((resolve) => (timer = setTimeout(resolve, FAREWELL)))]);
    clearTimeout(timer);
    for (const socket of this.upgraded) socket.destroy();
    this.server.close();
  }

  /** Open plain sockets. */
  get connected(): number {
    return this.clients.size;
  }

  /** Of these, those that were welcomed and keep up. */
  get watching(): number {
    return this.audience.size;
  }

  /** Pings every client and ends those that left the last ping unanswered. */
  pingAll(): void {
    for (const client of this.clients) client.ping();
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.upgraded.add(socket);
    socket.once('close', () => this.upgraded.delete(socket));
    if (request.url?.startsWith(`${SOCKET_IO_PATH}/`)) return;
    const path = readSocketPath(request);
    if (path === 'unknown') return refuseUpgrade(socket, 404);
    const { headers } = request;
    if (!this.origins.isKnownHost(headers) || !this.origins.isAllowed(headers)) {
      this.refusals.count('websocket', 'origin_not_allowed');
      return refuseUpgrade(socket, 403);
    }
    this.server.handleUpgrade(request, socket, head, (webSocket) => this.accept(webSocket, socket, request, path));
  }

  /** Browsers do not tell a page why an upgrade failed, but they do tell a close code: so refusals come after accepting. */
  private accept(socket: WebSocket, transport: Duplex, request: IncomingMessage, path: Exclude<SocketPath, 'unknown'>): void {
    const client = new PlainClient(socket, transport, this.settings.socket_buffer_kb * 1024);
    this.clients.add(client);
    socket.on('close', () => this.clients.delete(client));
    const after = readAfter(request);
    if (!this.keys.isAllowed(request.headers, request.url)) {
      this.refusals.count('websocket', 'unauthorized');
      client.close(CLOSE_CODES.unauthorized, 'A valid API key is required.');
    } else if (path === 'task_not_found') {
      client.close(CLOSE_CODES.task_not_found, 'There is no such task.');
    } else if (after === null) {
      client.close(CLOSE_CODES.bad_request, 'The parameter "after" must be the id of an event.');
    } else {
      this.join(client, path.target, after);
    }
  }

  private join(client: PlainClient, target: Target, after: string | undefined): void {
    client.socket.on('close', () => this.audience.remove(client, target));
    this.live.join({
      target,
      after,
      welcome: (first) => {
        if (client.socket.readyState !== client.socket.OPEN) return;
        this.audience.add(client, target);
        for (const outgoing of first) client.sendAnyway(outgoing);
      },
      refuse: (error) => {
        const code = error.code === 'task_not_found' ? CLOSE_CODES.task_not_found : CLOSE_CODES.try_again_later;
        client.close(code, error.code === 'task_not_found' ? 'There is no such task.' : 'Try again later.');
      },
    });
  }
}

/** Answers an upgrade in plain HTTP. */
function refuseUpgrade(socket: Duplex, status: number): void {
  socket.on('error', () => {}); // the client may be gone already
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
