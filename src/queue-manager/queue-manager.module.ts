import { Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { BaseOcrModule } from '../base-ocr/base-ocr.module.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { HealthRegistry } from '../health/health-registry.js';
import { StorageModule } from '../storage/storage.module.js';
import { CircuitsModule } from './circuits.module.js';
import { Dispatcher } from './dispatcher.js';
import { JobRunner } from './job-runner.js';
import { ChunkJob } from './jobs/chunk.job.js';
import { MergeJob } from './jobs/merge.job.js';
import { PrepareJob } from './jobs/prepare.job.js';
import { PageCacheModule } from './page-cache.module.js';
import { NodeLease } from './node-lease.js';
import { QueueManager } from './queue-manager.js';
import { ReadingWorker } from './reading-worker.js';
import { Rescuer } from './rescuer.js';
import { RetentionSweeper } from './retention-sweeper.js';
import { WorkFolders } from './work-folders.js';

/**
 * The queue: `QueueManager` takes documents in; the `worker` role claims and runs jobs (Dispatcher); the `scheduler` role
 * keeps the queue in order (Rescuer, RetentionSweeper).
 */
@Module({
  imports: [CircuitsModule, PageCacheModule, BaseOcrModule, StorageModule],
  providers: [
    QueueManager,
    Dispatcher,
    JobRunner,
    PrepareJob,
    ChunkJob,
    MergeJob,
    NodeLease,
    ReadingWorker,
    Rescuer,
    RetentionSweeper,
    WorkFolders,
  ],
  exports: [QueueManager],
})
export class QueueManagerModule implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly dispatcher: Dispatcher,
    private readonly readings: ReadingWorker,
    private readonly rescuer: Rescuer,
    private readonly sweeper: RetentionSweeper,
    private readonly health: HealthRegistry,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const part = (name: string, of: { readonly healthy: boolean }) =>
      this.health.register(name, () =>
        of.healthy ? { healthy: true } : { healthy: false, detail: 'Its last run failed; it tries again.' },
      );
    if (this.settings.roles.includes('scheduler')) {
      this.rescuer.start();
      this.sweeper.start();
      part('rescuer', this.rescuer);
      part('retention', this.sweeper);
    }
    if (this.settings.roles.includes('worker')) {
      await this.dispatcher.start();
      part('dispatcher', this.dispatcher);
      this.readings.start();
      part('readings', this.readings);
    }
  }

  /** Before the engines and the database go, which are destroyed after the modules that import them. */
  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.rescuer.stop(), this.sweeper.stop(), this.readings.stop()]);
    if (this.settings.roles.includes('worker')) await this.dispatcher.stop();
  }
}
