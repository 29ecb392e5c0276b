import { Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { BaseOcrModule } from '../base-ocr/base-ocr.module.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Listener } from '../database/listener.js';
import { HealthRegistry } from '../health/health-registry.js';
import { Logs } from '../logging/logs.js';
import { StorageModule } from '../storage/storage.module.js';
import { CHANNELS } from '../task-manager/channels.js';
import { ChunkEnds } from '../task-manager/chunk-ends.js';
import { Loop } from '../threads/loop.js';
import { CircuitsModule } from './circuits.module.js';
import { DatabaseClock } from './database-clock.js';
import { DirectClaims } from './direct-claims.js';
import { Dispatcher } from './dispatcher.js';
import { JobRunner } from './job-runner.js';
import { ChunkJob } from './jobs/chunk.job.js';
import { MergeJob } from './jobs/merge.job.js';
import { PrepareJob } from './jobs/prepare.job.js';
import { PageCacheModule } from './page-cache.module.js';
import { NodeLease } from './node-lease.js';
import { LostFiles } from './lost-files.js';
import { QueueManager } from './queue-manager.js';
import { ReadingWorker } from './reading-worker.js';
import { Rescuer } from './rescuer.js';
import { RetentionSweeper } from './retention-sweeper.js';
import { StoreRoom } from './store-room.js';
import { TextCarriers } from './text-carriers.js';
import { WorkFolders } from './work-folders.js';

/** Seconds between two looks for work folders that killed processes left. */
const FOLDERS_INTERVAL = 30;
/** Seconds between two looks through the store for files without a task. */
const LOST_FILES_INTERVAL = 3600;
/** Seconds between two looks whether a full document store has room again. */
const ROOM_INTERVAL = 2;
/** Seconds until it is looked once more whether a chunk that ended was the last of its task. */
const ENDS_INTERVAL = 0.2;

/**
 * The queue: `QueueManager` takes documents in; the `worker` role claims and runs jobs (Dispatcher); the `scheduler` role
 * keeps the queue in order. The background services are a `runOnce()` each, safe on every node at once; the loops that call
 * them are here.
 */
@Module({
  imports: [CircuitsModule, PageCacheModule, BaseOcrModule, StorageModule],
  providers: [
    QueueManager,
    DatabaseClock,
    DirectClaims,
    Dispatcher,
    JobRunner,
    LostFiles,
    PrepareJob,
    ChunkJob,
    MergeJob,
    NodeLease,
    ReadingWorker,
    Rescuer,
    RetentionSweeper,
    StoreRoom,
    TextCarriers,
    WorkFolders,
  ],
  exports: [LostFiles, QueueManager],
})
export class QueueManagerModule implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly duties: Loop[] = [];
  private readonly isWorker: boolean;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    private readonly dispatcher: Dispatcher,
    private readonly readings: ReadingWorker,
    private readonly health: HealthRegistry,
    clock: DatabaseClock,
    rescuer: Rescuer,
    ends: ChunkEnds,
    sweeper: RetentionSweeper,
    lostFiles: LostFiles,
    folders: WorkFolders,
    room: StoreRoom,
    listener: Listener,
    logs: Logs,
  ) {
    const duty = (name: string, service: { runOnce(): Promise<unknown> }, interval: number) =>
      new Loop(name, () => service.runOnce(), interval * 1000, logs.queue);
    this.isWorker = settings.roles.includes('worker');
    if (settings.roles.includes('scheduler')) {
      this.duties.push(duty('database clock', clock, settings.node_heartbeat / 2));
      this.duties.push(duty('rescuer', rescuer, settings.node_heartbeat / 2));
      this.duties.push(duty('retention', sweeper, settings.sweep_interval));
      this.duties.push(duty('lost files', lostFiles, LOST_FILES_INTERVAL));
    }
    if (this.isWorker) {
      const reading = duty('readings', readings, settings.poll_interval);
      listener.on(CHANNELS.readings, () => reading.wake());
      const ended = duty('ended chunks', { runOnce: () => ends.lookAgain() }, ENDS_INTERVAL);
      this.duties.push(ended, reading, duty('work folders', folders, FOLDERS_INTERVAL), duty('store room', room, ROOM_INTERVAL));
    }
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.isWorker) {
      await this.dispatcher.start();
      this.health.watch(...this.dispatcher.duties);
    }
    for (const duty of this.duties) duty.start();
    this.health.watch(...this.duties);
  }

  /** Before the engines and the database go, which are destroyed after the modules that import them. */
  async onModuleDestroy(): Promise<void> {
    this.readings.stopReading();
    await Promise.all(this.duties.map((duty) => duty.stop()));
    if (this.isWorker) await this.dispatcher.stop();
  }
}
