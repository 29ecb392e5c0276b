import { Global, Module } from '@nestjs/common';
import { PAGE_CACHE } from '../base-ocr/page-cache.js';
import { StoredReadings } from './stored-readings.js';

/** Gives the page pipeline what was read before, on any node. */
@Global()
@Module({ providers: [{ provide: PAGE_CACHE, useClass: StoredReadings }], exports: [PAGE_CACHE] })
export class PageCacheModule {}
