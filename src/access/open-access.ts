import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Logs } from '../logging/logs.js';
import { ApiKeys } from './api-keys.js';
import { isLoopback } from './origins.js';

/** Warns at the start of an API that other machines can reach and that asks nobody for a key. */
@Injectable()
export class OpenAccess implements OnApplicationBootstrap {
  constructor(
    private readonly keys: ApiKeys,
    private readonly logs: Logs,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    const { host, roles } = this.settings;
    if (!roles.includes('api') || this.keys.required || isLoopback(host)) return;
    this.logs.queue.warn(
      { host },
      `everybody who reaches ${host} may use the API: no api_keys (OCR_API_KEYS) are set, and host (OCR_HOST) is not loopback`,
    );
  }
}
