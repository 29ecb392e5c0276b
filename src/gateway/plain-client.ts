import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { CLOSE_CODES } from './close-codes.js';
import type { Outgoing } from './messages.js';

/** Milliseconds a client has to answer a close before it is cut. */
const CLOSE_TIMEOUT = 3000;

/** One plain WebSocket. */
export class PlainClient {
  private answered = true;

  private gathering = false;

  /**
   * @param transport the TCP socket under it
   * @param mostBuffered bytes that may wait for the client before it is dropped
   */
  constructor(
    readonly socket: WebSocket,
    private readonly transport: Duplex,
    private readonly mostBuffered: number,
  ) {
    socket.on('pong', () => (this.answered = true));
    // Clients have nothing to say. Errors (too long a message, a broken frame) are followed by 'close'.
    socket.on('error', () => {});
  }

  /** Sends a message. False when the client does not keep up: it has then been closed. */
  send(outgoing: Outgoing): boolean {
    if (this.socket.bufferedAmount > this.mostBuffered) {
      this.close(CLOSE_CODES.too_slow, 'The client does not keep up with the messages.');
      return false;
    }
    this.sendAnyway(outgoing);
    return true;
  }

  /** Sends a message however much is waiting: for the first ones, which are the client's own wish, and bounded. */
  sendAnyway(outgoing: Outgoing): void {
    this.gather();
    this.socket.send(outgoing.json, { binary: false });
  }

  /** Asks whether the client is still there; ends it when it left the last question unanswered. */
  ping(): void {
    if (!this.answered) return this.socket.terminate();
    this.answered = false;
    if (this.socket.readyState === this.socket.OPEN) this.socket.ping();
  }

  /** What is sent in one go, a round's messages, leaves in one write: the system calls are what thousands of sockets cost. */
  private gather(): void {
    if (this.gathering) return;
    this.gathering = true;
    this.transport.cork();
    queueMicrotask(() => {
      this.gathering = false;
      this.transport.uncork();
    });
  }

  /** @param reason at most 123 bytes */
  close(code: number, reason: string): void {
    const cut = setTimeout(() => this.socket.terminate(), CLOSE_TIMEOUT).unref();
    this.socket.once('close', () => clearTimeout(cut));
    this.socket.close(code, reason);
  }
}
