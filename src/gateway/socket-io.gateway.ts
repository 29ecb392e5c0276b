import { Inject, type BeforeApplicationShutdown } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  type OnGatewayConnection,
  type OnGatewayInit,
} from '@nestjs/websockets';
import type { Server, Socket } from 'socket.io';
import { z } from 'zod';
import { ApiKeys } from '../access/api-keys.js';
import { Origins } from '../access/origins.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { OcrError } from '../errors/ocr-error.js';
import type { Target } from './audience.js';
import { LiveUpdates } from './live-updates.js';
import { roomOf, SocketIoAudience } from './socket-io-audience.js';
import { dropWhenSlow } from './socket-io-backlog.js';
import { askForKey, keepOriginsOut } from './socket-io-doorkeeper.js';
import { SocketRefusals } from './socket-refusals.js';
import { isEventId, isTaskId } from './socket-request.js';

/** Where Socket.IO listens, without the slash it adds. */
export const SOCKET_IO_PATH = '/socket.io';
/** Targets one socket may watch. */
const MOST_WATCHED = 1000;

/** The answer to `subscribe` and `unsubscribe`. */
export type Acknowledgement = { ok: true } | { ok: false; error: { code: string; message: string } };

const targetSchema = z.union([
  z.strictObject({ all: z.literal(true), after: z.string().refine(isEventId).optional() }),
  z.strictObject({ task_id: z.string().refine(isTaskId), after: z.string().refine(isEventId).optional() }),
]);

/**
 * The live messages over Socket.IO: `subscribe` with `{task_id}` or `{all: true}` and perhaps `after`, `unsubscribe` with the
 * same. Each message comes as an event named by its `type`. Other upgrades on the server are left alone (`destroyUpgrade`).
 */
@WebSocketGateway({
  path: SOCKET_IO_PATH,
  destroyUpgrade: false,
  serveClient: false,
  perMessageDeflate: false,
  maxHttpBufferSize: 16_384,
  pingInterval: 20_000,
  pingTimeout: 20_000,
})
export class SocketIoGateway implements OnGatewayInit<Server>, OnGatewayConnection<Socket>, BeforeApplicationShutdown {
  private server: Server | undefined;

  constructor(
    private readonly live: LiveUpdates,
    private readonly keys: ApiKeys,
    private readonly origins: Origins,
    private readonly refusals: SocketRefusals,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  afterInit(server: Server): void {
    this.server = server;
    server.engine.use(keepOriginsOut(this.origins, this.refusals));
    server.use(askForKey(this.keys, this.refusals));
    this.live.addAudience(new SocketIoAudience(server));
  }

  handleConnection(socket: Socket): void {
    dropWhenSlow(socket, this.settings.socket_buffer_kb * 1024);
  }

  beforeApplicationShutdown(): void {
    this.server?.disconnectSockets(true);
  }

  /** Open Socket.IO connections. */
  get connected(): number {
    return this.server?.of('/').sockets.size ?? 0;
  }

  /** The snapshot comes before the acknowledgement. */
  @SubscribeMessage('subscribe')
  async subscribe(@ConnectedSocket() socket: Socket, @MessageBody() body: unknown): Promise<Acknowledgement> {
    const asked = readTarget(body);
    if (asked === undefined) return refusal(noTarget());
    if (socket.rooms.size > MOST_WATCHED) {
      return refusal(new OcrError('invalid_request', { detail: `A socket may watch ${MOST_WATCHED} tasks. Watch all instead.` }));
    }
    return new Promise((resolve) => {
      this.live.join({
        ...asked,
        welcome: (first) => {
          if (socket.connected) void socket.join(roomOf(asked.target));
          for (const { message } of first) socket.emit(message.type, message);
          resolve({ ok: true });
        },
        refuse: (error) => resolve(refusal(error)),
      });
    });
  }

  @SubscribeMessage('unsubscribe')
  async unsubscribe(@ConnectedSocket() socket: Socket, @MessageBody() body: unknown): Promise<Acknowledgement> {
    const asked = readTarget(body);
    if (asked === undefined) return refusal(noTarget());
    await socket.leave(roomOf(asked.target));
    return { ok: true };
  }
}

function noTarget(): OcrError {
  return new OcrError('invalid_request', {
    detail: 'Send {task_id} or {all: true}; besides only `after`, the id of an event as text.',
  });
}

function readTarget(body: unknown): { target: Target; after: string | undefined } | undefined {
  const { data } = targetSchema.safeParse(body);
  if (data === undefined) return undefined;
  return { target: 'all' in data ? 'all' : { taskId: data.task_id.toLowerCase() }, after: data.after };
}

function refusal(error: OcrError): Acknowledgement {
  return { ok: false, error: { code: error.code, message: error.message } };
}
