import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Module, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import { Logs } from '../../logging/logs.js';
import { DashboardFiles } from './dashboard-files.js';
import { serveDashboard } from './serve-dashboard.js';

/** `dist/dashboard`, seen from the compiled code and from the source. */
const FOLDERS = ['../../../dashboard/', '../../../dist/dashboard/'];

/** The web dashboard at `/`. Without a built one (`npm run build`) the API is there all the same. */
@Module({})
export class DashboardModule implements NestModule {
  constructor(private readonly logs: Logs) {}

  configure(consumer: MiddlewareConsumer): void {
    const files = DashboardFiles.read(builtFolder());
    if (files === undefined) {
      this.logs.queue.warn('The dashboard is not built (npm run build): there is none at /.');
      return;
    }
    consumer.apply(serveDashboard(files)).forRoutes('{*path}');
  }
}

/** The source folder `dashboard/` has an index.html too, but no assets. */
function builtFolder(): string {
  const folders = FOLDERS.map((folder) => fileURLToPath(new URL(folder, import.meta.url)));
  return folders.find((folder) => existsSync(`${folder}assets`)) ?? folders[0]!;
}
