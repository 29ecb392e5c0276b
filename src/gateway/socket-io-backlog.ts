import type { Socket } from 'socket.io';

interface Packet {
  data?: unknown;
}

/** engine.io's WebSocket transport; its types leave the socket out. */
interface WebSocketTransport {
  socket: { terminate(): void };
}

/**
 * Drops a Socket.IO client that does not keep up: once more than `mostBuffered` bytes wait for it. Counted from engine.io's
 * own events: a packet is made, goes out with the next flush, and has gone with the drain after it.
 */
export function dropWhenSlow({ conn }: Socket, mostBuffered: number): void {
  let waiting = 0;
  let underWay = 0;
  let dropped = false;
  conn.on('packetCreate', (packet: Packet) => {
    waiting += sizeOf(packet.data);
    if (dropped || waiting + underWay <= mostBuffered) return;
    dropped = true;
    // Not within the event: the packet is being queued right now.
    setImmediate(() => {
      // A closing WebSocket would wait half a minute for a client that does not read, its backlog in memory.
      (conn.transport as Partial<WebSocketTransport>).socket?.terminate();
      conn.close(true);
    });
  });
  conn.on('flush', () => {
    underWay += waiting;
    waiting = 0;
  });
  conn.on('drain', () => (underWay = 0));
}

function sizeOf(data: unknown): number {
  return typeof data === 'string' || Buffer.isBuffer(data) ? data.length : 0;
}
