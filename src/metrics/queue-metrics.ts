import { Injectable } from '@nestjs/common';
import { Gauge } from '@prometheus-io/client';
import { Database } from '../database/database.js';
import { Circuits, hasOpened } from '../task-manager/circuits.js';
import { PRIORITIES, TASK_STATUSES } from '../task-manager/task.types.js';
import { forScrape } from './for-scrape.js';
import { MetricsRegistry } from './metrics-registry.js';
import type { Stats } from './stats.dto.js';
import { StatsService } from './stats.service.js';

/**
 * Gauges of the whole queue, read from the database at a scrape; every process tells the same. While the database does not
 * answer they are left out, and `ocr_database_up` is 0.
 */
@Injectable()
export class QueueMetrics {
  private readonly up: Gauge;
  private readonly tasks: Gauge<'status'>;
  private readonly depth: Gauge<'priority'>;
  private readonly pages: Gauge<'priority'>;
  private readonly oldest: Gauge<'priority'>;
  private readonly nodes: Gauge;
  private readonly workers: Gauge;
  private readonly nodeSlots: Gauge<'node'>;
  private readonly nodePages: Gauge<'node'>;
  private readonly down: Gauge<'provider'>;

  constructor(
    registry: MetricsRegistry,
    private readonly stats: StatsService,
    private readonly database: Database,
    private readonly circuits: Circuits,
  ) {
    const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
      new Gauge<Label>({ name, help, labelNames, registers: [registry] });
    this.up = gauge('ocr_database_up', 'Whether the database answered this scrape.');
    this.tasks = gauge('ocr_tasks', 'Tasks that are kept, by status.', 'status');
    this.depth = gauge('ocr_queue_depth', 'Unfinished tasks by priority.', 'priority');
    this.pages = gauge('ocr_queue_waiting_pages', 'Pages that wait for their turn, by priority.', 'priority');
    this.oldest = gauge('ocr_queue_oldest_wait_seconds', 'Age of the longest queued task by priority.', 'priority');
    this.nodes = gauge('ocr_nodes', 'Nodes whose lease holds.');
    this.workers = gauge('ocr_worker_nodes', 'Of these, nodes that read pages.');
    this.nodeSlots = gauge('ocr_node_page_slots', 'Pages a node reads at the same time.', 'node');
    this.nodePages = gauge('ocr_node_pages_running', 'Pages a node works on.', 'node');
    this.down = gauge(
      'ocr_provider_down',
      'Whether a provider has failed so often in a row that its tasks are held, but for tries whether it is back; as workers know it.',
      'provider',
    );
    this.addDatabaseLoad(registry);
  }

  /** Brings the gauges up to date. Called before each scrape. */
  async refresh(): Promise<void> {
    const stats = await forScrape(this.stats.current());
    this.up.set(stats === undefined ? 0 : 1);
    for (const gauge of [this.tasks, this.depth, this.pages, this.oldest, this.nodes, this.nodeSlots, this.nodePages])
      gauge.reset();
    this.down.reset();
    for (const circuit of this.circuits.all()) this.down.set({ provider: circuit.provider }, hasOpened(circuit) ? 1 : 0);
    if (stats !== undefined) return this.set(stats);
    this.nodes.remove();
    this.workers.remove();
  }

  private set(stats: Stats): void {
    for (const status of TASK_STATUSES) this.tasks.set({ status }, stats.tasks_by_status[status]);
    for (const priority of PRIORITIES) {
      const load = stats.queue.by_priority[priority];
      this.depth.set({ priority }, load.tasks);
      this.pages.set({ priority }, load.waiting_pages);
      this.oldest.set({ priority }, load.oldest_wait_seconds ?? 0);
    }
    this.nodes.set(stats.nodes.length);
    this.workers.set(stats.nodes.filter(({ roles }) => roles.includes('worker')).length);
    for (const node of stats.nodes) {
      this.nodeSlots.set({ node: node.id }, node.slots);
      this.nodePages.set({ node: node.id }, node.running_pages);
    }
  }

  private addDatabaseLoad(registry: MetricsRegistry): void {
    const { database } = this;
    new Gauge({
      name: 'ocr_database_connections',
      help: 'Connections of this process to the database, and callers waiting for one.',
      labelNames: ['state'],
      registers: [registry],
      collect() {
        const { total, idle, waiting } = database.load;
        this.set({ state: 'busy' }, total - idle);
        this.set({ state: 'idle' }, idle);
        this.set({ state: 'waiting' }, waiting);
      },
    });
  }
}
