import { Global, Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { CIRCUIT_GUARD } from '../base-ocr/circuit-guard.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { HealthRegistry } from '../health/health-registry.js';
import { Logs } from '../logging/logs.js';
import { Circuits } from '../task-manager/circuits.js';
import { Loop } from '../threads/loop.js';

/** Gives the page pipeline the circuits all nodes share, and keeps them in order. */
@Global()
@Module({
  providers: [{ provide: CIRCUIT_GUARD, useExisting: Circuits }],
  exports: [CIRCUIT_GUARD],
})
export class CircuitsModule implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(
    circuits: Circuits,
    private readonly health: HealthRegistry,
    logs: Logs,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.loop = new Loop('circuits', () => circuits.runOnce(), settings.poll_interval * 1000, logs.queue);
  }

  onApplicationBootstrap(): void {
    this.loop.start();
    this.health.watch(this.loop);
  }

  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }
}
