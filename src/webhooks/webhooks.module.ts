import { Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { filter, type Subscription } from 'rxjs';
import { SETTINGS, type Settings } from '../config/settings.js';
import { HealthRegistry } from '../health/health-registry.js';
import { Logs } from '../logging/logs.js';
import { StorageModule } from '../storage/storage.module.js';
import { TaskEvents } from '../task-manager/task-events.js';
import { Loop } from '../threads/loop.js';
import { OverdueWebhooks } from './overdue-webhooks.js';
import { WebhookDeliveries } from './webhook-deliveries.js';
import { WebhookForAll } from './webhook-for-all.js';
import { WebhookSender } from './webhook-sender.js';

/** Seconds between two looks for what is to be given up. */
const OVERDUE_INTERVAL = 60;
/** Seconds between two words on the address for all tasks. */
const FOR_ALL_INTERVAL = 60;
/** Seconds requests under way may take when the node stops: others wait for this, and what is given back is sent again at once. */
const MOST_GRACE = 2;

/**
 * Tells other systems what happens to tasks: the role `scheduler` sends what was written down with the events, and whoever
 * has an address for all tasks says so. Gives others what has
 * become of it (`WebhookDeliveries`).
 */
@Module({
  imports: [StorageModule],
  providers: [OverdueWebhooks, WebhookDeliveries, WebhookForAll, WebhookSender],
  exports: [WebhookDeliveries],
})
export class WebhooksModule implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly duties: Loop[];
  private sending: Loop | undefined;
  private subscription: Subscription | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly sender: WebhookSender,
    private readonly events: TaskEvents,
    private readonly health: HealthRegistry,
    private readonly forAll: WebhookForAll,
    overdue: OverdueWebhooks,
    logs: Logs,
  ) {
    const saying = new Loop('webhook for all tasks', () => forAll.runOnce(), FOR_ALL_INTERVAL * 1000, logs.queue);
    this.duties = [saying];
    if (!settings.roles.includes('scheduler')) return;
    const sending = new Loop('webhooks', () => sender.runOnce(), settings.poll_interval * 1000, logs.queue);
    sender.onEnded = () => sending.wake();
    this.sending = sending;
    this.duties.push(sending, new Loop('overdue webhooks', () => overdue.runOnce(), OVERDUE_INTERVAL * 1000, logs.queue));
  }

  async onApplicationBootstrap(): Promise<void> {
    // Said as early as can be: the first tasks may end soon.
    await this.forAll.runOnce();
    this.subscription = this.events.events
      .pipe(filter(({ data }) => data['webhook'] === true))
      .subscribe(() => this.sending?.wake());
    for (const duty of this.duties) duty.start();
    this.health.watch(...this.duties);
  }

  async onModuleDestroy(): Promise<void> {
    this.subscription?.unsubscribe();
    await Promise.all(this.duties.map((duty) => duty.stop()));
    await this.sender.stop(Math.min(MOST_GRACE, this.settings.shutdown_grace));
  }
}
