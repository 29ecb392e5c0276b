import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Database, type Statement } from '../database/database.js';
import { HealthRegistry } from '../health/health-registry.js';
import { Logs } from '../logging/logs.js';
import { Loop } from '../threads/loop.js';
import { VERSION } from '../version.js';
import { registerNode, removeNode, renewLease } from './sql/nodes.sql.js';

/** What a node tells of itself with every heartbeat. */
export interface NodeLoad {
  /** Pages in work now. */
  pages: number;
  /** Jobs held now. */
  jobs: number;
  /** Resident memory of the process in megabytes. */
  rss_mb: number;
  /** Seconds it gives an attempt at a job: whoever looks from outside may have other settings. */
  attempt_seconds: number;
}

/**
 * This process as a node: one row in `ocr_nodes` whose lease is renewed every few seconds. While the lease holds, nobody
 * touches the node's jobs. When it has run out, by the database's word or by our own clock because the database cannot be
 * reached, the node is over: it drops what it holds and begins again as a new node.
 */
@Injectable()
export class NodeLease {
  private readonly loop: Loop;
  private own: Database | undefined;
  private current: { id: string; renewedAt: number } | undefined;
  private expiry: NodeJS.Timeout | undefined;
  /** The node that was given up, until the database has forgotten it. */
  private former: string | undefined;
  private lost: () => void = () => {};
  private load: () => NodeLoad = () => ({ pages: 0, jobs: 0, rss_mb: 0, attempt_seconds: 0 });

  constructor(
    private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly logs: Logs,
    private readonly health: HealthRegistry,
  ) {
    this.loop = new Loop('node lease', () => this.runOnce(), settings.node_heartbeat * 1000, logs.queue);
  }

  /** The node's id while its lease holds; undefined when nothing may be claimed. */
  get nodeId(): string | undefined {
    return this.current?.id;
  }

  /** Starts the heartbeat. `onLost` is called when the lease has run out: everything held must be dropped. */
  async start(load: () => NodeLoad, onLost: () => void): Promise<void> {
    this.load = load;
    this.lost = onLost;
    // A connection of its own: a busy pool must not make a live node look dead.
    const { connection, halfOpen } = this.database;
    this.own = new Database(connection, { poolSize: 1, log: this.logs.queue, halfOpen });
    this.health.register('node', () =>
      this.current === undefined
        ? { healthy: false, code: 'no_lease', detail: 'The node has no lease; it tries to get one.' }
        : { healthy: true },
    );
    await this.runOnce().catch(() => {}); // The loop says what is wrong and goes on.
    this.loop.start();
  }

  /** Ends the node; what it still holds is free for others at once. */
  async stop(): Promise<void> {
    await this.loop.stop();
    clearTimeout(this.expiry);
    if (this.current !== undefined) await this.query(removeNode, [this.current.id]).catch(() => {});
    this.current = undefined;
    await this.own?.close();
  }

  /** Renews the lease, or registers a node when there is none. */
  async runOnce(): Promise<void> {
    const asked = performance.now();
    if (this.current === undefined) return this.register(asked);
    const { id } = this.current;
    const renewed = await this.query(renewLease, [id, this.load(), this.settings.node_lease]);
    if (renewed.rowCount === 0) {
      this.giveUp(id);
      await this.register(performance.now());
    } else if (this.current?.id === id) {
      this.hold(id, asked);
    } else if (this.current === undefined) {
      await this.register(performance.now());
    }
  }

  private async register(asked: number): Promise<void> {
    await this.forgetFormer();
    const id = randomUUID();
    const { roles, ocr_slots, node_lease } = this.settings;
    await this.query(registerNode, [id, hostname(), process.pid, JSON.stringify(roles), VERSION, ocr_slots, node_lease]);
    this.hold(id, asked);
    this.logs.queue.info({ node_id: id, slots: ocr_slots }, 'node registered');
  }

  /**
   * A renewal that was under way when the node was given up may hold its lease for it all the same: nobody would take its jobs until that has
   * run out, too.
   */
  private async forgetFormer(): Promise<void> {
    if (this.former === undefined) return;
    await this.query(removeNode, [this.former]);
    this.former = undefined;
  }

  /** Given up early: a half-open connection must be found out, and the next try be made, while the lease still holds. */
  private query(statement: Statement, values: unknown[]) {
    return (this.own ?? this.database).query({ ...statement, answerWithin: this.settings.node_lease * 250 }, values);
  }

  /** The lease counts from the moment it was asked for: our clock so runs out before the database's. */
  private hold(id: string, asked: number): void {
    this.current = { id, renewedAt: asked };
    clearTimeout(this.expiry);
    const left = asked + this.settings.node_lease * 1000 - performance.now();
    this.expiry = setTimeout(() => this.giveUp(id), left);
  }

  private giveUp(id: string): void {
    if (this.current?.id !== id) return;
    this.current = undefined;
    this.former = id;
    clearTimeout(this.expiry);
    this.logs.queue.warn({ node_id: id }, 'node lease ran out: dropping all work and starting as a new node');
    this.lost();
  }
}
