import { Module } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { DocumentModule } from '../document/document.module.js';
import { BaseOcr } from './base-ocr.js';
import { EngineRegistry } from './engine-registry.js';

/** The page pipeline and its engines. Gives others {@link BaseOcr}, and {@link EngineRegistry} to check options against. */
@Module({
  imports: [DocumentModule],
  providers: [
    { provide: EngineRegistry, inject: [SETTINGS], useFactory: (settings: Settings) => new EngineRegistry(settings) },
    BaseOcr,
  ],
  exports: [BaseOcr, EngineRegistry],
})
export class BaseOcrModule {}
