import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Gauge } from '@prometheus-io/client';
import { EngineRegistry } from '../base-ocr/engine-registry.js';
import type { EngineStatus } from '../base-ocr/engines/ocr-engine.js';
import { MetricsRegistry } from './metrics-registry.js';

/** The engine pool of this process: places for pages, by provider, and whether it is ready. Nothing where no engines are. */
@Injectable()
export class EngineMetrics {
  private readonly ready: Gauge<'provider' | 'version'>;
  private readonly slots: Gauge<'provider'>;

  constructor(
    registry: MetricsRegistry,
    private readonly modules: ModuleRef,
  ) {
    const registers = [registry];
    this.ready = new Gauge({
      name: 'ocr_engine_ready',
      help: 'Whether the engine can work now.',
      labelNames: ['provider', 'version'],
      registers,
    });
    this.slots = new Gauge({
      name: 'ocr_engine_slots',
      help: 'Pages the engine reads at the same time in this process.',
      labelNames: ['provider'],
      registers,
    });
  }

  /** Brings the gauges up to date. Called before each scrape. */
  async refresh(): Promise<void> {
    const statuses = await this.statuses();
    this.ready.reset();
    this.slots.reset();
    for (const { name, version, ready, slots } of statuses) {
      this.ready.set({ provider: name, version }, ready ? 1 : 0);
      this.slots.set({ provider: name }, slots);
    }
  }

  private async statuses(): Promise<EngineStatus[]> {
    let engines: EngineRegistry;
    try {
      engines = this.modules.get(EngineRegistry, { strict: false });
    } catch {
      return []; // a process without engines
    }
    return engines.statuses().catch(() => []);
  }
}
