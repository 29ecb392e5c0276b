import { Module } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { createDocumentStore } from './create-document-store.js';
import { DOCUMENT_STORE } from './document-store.js';
import { InputResolver } from './input-resolver.js';
import { OutputWriter } from './output-writer.js';
import { RootsCheck } from './roots-check.js';
import { StoreUpkeep } from './store-upkeep.js';
import { WebhookAddresses } from './webhook-addresses.js';

/** Where documents come from, where artifacts are kept, where results are put for their callers, and where these may be told of them. */
@Module({
  providers: [
    { provide: DOCUMENT_STORE, useFactory: (settings: Settings) => createDocumentStore(settings), inject: [SETTINGS] },
    InputResolver,
    OutputWriter,
    RootsCheck,
    StoreUpkeep,
    WebhookAddresses,
  ],
  exports: [DOCUMENT_STORE, InputResolver, OutputWriter, WebhookAddresses],
})
export class StorageModule {}
