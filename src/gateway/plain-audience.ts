import type { Audience, Target } from './audience.js';
import type { Outgoing } from './messages.js';
import type { PlainClient } from './plain-client.js';

/** The plain WebSockets by what they watch. */
export class PlainAudience implements Audience {
  private readonly ofTasks = new Map<string, Set<PlainClient>>();
  private readonly ofAll = new Set<PlainClient>();
  private taskClients = 0;

  get size(): number {
    return this.taskClients + this.ofAll.size;
  }

  get watchesAll(): boolean {
    return this.ofAll.size > 0;
  }

  watches(taskId: string): boolean {
    return this.watchesAll || this.ofTasks.has(taskId);
  }

  tellOfTask(taskId: string, outgoing: Outgoing): void {
    for (const client of this.ofTasks.get(taskId) ?? []) this.send(client, { taskId }, outgoing);
    this.tellAll(outgoing);
  }

  tellAll(outgoing: Outgoing): void {
    for (const client of this.ofAll) this.send(client, 'all', outgoing);
  }

  add(client: PlainClient, target: Target): void {
    if (target === 'all') {
      this.ofAll.add(client);
      return;
    }
    const clients = this.ofTasks.get(target.taskId) ?? new Set();
    this.ofTasks.set(target.taskId, clients.add(client));
    this.taskClients += 1;
  }

  /** Harmless when the client is not in. */
  remove(client: PlainClient, target: Target): void {
    if (target === 'all') {
      this.ofAll.delete(client);
      return;
    }
    const clients = this.ofTasks.get(target.taskId);
    if (!clients?.delete(client)) return;
    this.taskClients -= 1;
    if (clients.size === 0) this.ofTasks.delete(target.taskId);
  }

  private send(client: PlainClient, target: Target, outgoing: Outgoing): void {
    if (!client.send(outgoing)) this.remove(client, target);
  }
}
