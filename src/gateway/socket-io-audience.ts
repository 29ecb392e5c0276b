import type { Server } from 'socket.io';
import type { Audience, Target } from './audience.js';
import type { Outgoing } from './messages.js';

const ALL = 'all';

/** The room of those who watch a target. */
export function roomOf(target: Target): string {
  return target === 'all' ? ALL : `task:${target.taskId}`;
}

/** The Socket.IO clients, as rooms. Socket.IO serialises a message once for a room. */
export class SocketIoAudience implements Audience {
  constructor(private readonly server: Server) {}

  get size(): number {
    return this.server.of('/').sockets.size;
  }

  get watchesAll(): boolean {
    return this.hasRoom(ALL);
  }

  watches(taskId: string): boolean {
    return this.watchesAll || this.hasRoom(roomOf({ taskId }));
  }

  tellOfTask(taskId: string, { message }: Outgoing): void {
    // Whoever is in both rooms gets it once.
    this.server.to([ALL, roomOf({ taskId })]).emit(message.type, message);
  }

  tellAll({ message }: Outgoing): void {
    this.server.to(ALL).emit(message.type, message);
  }

  private hasRoom(room: string): boolean {
    return this.server.of('/').adapter.rooms.has(room);
  }
}
