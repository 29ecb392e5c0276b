import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DOCUMENT_STORE } from './document-store.js';
import type { KeptStore } from './create-document-store.js';

/** Milliseconds between two runs. */
const INTERVAL = 3600 * 1000;

/** Removes what crashed processes left unfinished in the store: at start, then each hour. Closes it at the end. */
@Injectable()
export class StoreUpkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(StoreUpkeep.name);
  private timer?: NodeJS.Timeout;

  constructor(@Inject(DOCUMENT_STORE) private readonly store: KeptStore) {}

  onApplicationBootstrap(): void {
    void this.runOnce();
    this.timer = setInterval(() => void this.runOnce(), INTERVAL).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.store.close();
  }

  /** Never throws: leftovers only cost room, and the next run meets them again. */
  async runOnce(): Promise<void> {
    try {
      await this.store.tidy();
    } catch (error) {
      this.logger.warn({ message: 'the document store could not be tidied', error });
    }
  }
}
