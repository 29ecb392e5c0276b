import { Global, Module } from '@nestjs/common';
import { HealthRegistry } from '../health/health-registry.js';
import { StorageModule } from '../storage/storage.module.js';
import { Attention } from './attention.js';
import { BulkActions } from './bulk-actions.js';
import { Checkpoints } from './checkpoints.js';
import { ChunkEnds } from './chunk-ends.js';
import { Circuits } from './circuits.js';
import { Deliveries } from './deliveries.js';
import { LiveSettings } from './live-settings.js';
import { PageReplacements } from './page-replacements.js';
import { Readings } from './readings.js';
import { Settlement } from './settlement.js';
import { TaskEvents } from './task-events.js';
import { TaskManager } from './task-manager.js';
import { TaskQueries } from './task-queries.js';
import { WorkObserver } from './work-observer.js';

const PARTS = [
  TaskManager,
  Attention,
  BulkActions,
  Settlement,
  ChunkEnds,
  Checkpoints,
  Circuits,
  Deliveries,
  LiveSettings,
  PageReplacements,
  Readings,
  TaskQueries,
  TaskEvents,
  WorkObserver,
];

/**
 * Tasks, jobs, pages and events: the state machine, the checkpoints, the queries. `TaskManager` changes tasks for callers,
 * `Settlement` ends claims for nodes, `ChunkEnds` sees when the last chunk has ended, `TaskQueries` reads, `Attention` finds what does not go well, `TaskEvents` tells what happens, `WorkObserver` what this process
 * itself does; `Readings` and `PageReplacements` are for pages that are read once more.
 */
@Global()
@Module({ imports: [StorageModule], providers: PARTS, exports: PARTS })
export class TaskManagerModule {
  constructor(health: HealthRegistry, events: TaskEvents, settings: LiveSettings) {
    health.watch(events.loop, settings.loop);
  }
}
