import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { BaseOcrModule } from '../base-ocr/base-ocr.module.js';
import { DocumentModule } from '../document/document.module.js';
import { QueueManagerModule } from '../queue-manager/queue-manager.module.js';
import { StorageModule } from '../storage/storage.module.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { AttentionController } from './attention/attention.controller.js';
import { BatchSubmissions } from './batches/batch-submissions.js';
import { BatchesController } from './batches/batches.controller.js';
import { BulkController } from './bulk/bulk.controller.js';
import { DashboardModule } from './dashboard/dashboard.module.js';
import { ErrorsController } from './errors.controller.js';
import { PageImageController } from './pages/page-image.controller.js';
import { PageImages } from './pages/page-images.js';
import { PageListController } from './pages/page-list.controller.js';
import { PageReadings } from './pages/page-readings.js';
import { PageViews } from './pages/page-view.js';
import { ReadingsController } from './pages/readings.controller.js';
import { ProvidersController } from './providers.controller.js';
import { SettingsController } from './settings/settings.controller.js';
import { OptionRules } from './tasks/option-rules.js';
import { ResultsController } from './tasks/results.controller.js';
import { StandIns } from './tasks/stand-ins.js';
import { Submissions } from './tasks/submissions.js';
import { SubmitController } from './tasks/submit.controller.js';
import { TasksController } from './tasks/tasks.controller.js';
import { UploadReceiver } from './uploads/upload-receiver.js';
import { WebhooksController } from './webhooks/webhooks.controller.js';

/** The REST API, and the dashboard made from it. `configureHttp` sets up what stands around its controllers. */
@Module({
  imports: [AccessModule, BaseOcrModule, DashboardModule, DocumentModule, QueueManagerModule, StorageModule, WebhooksModule],
  controllers: [
    SubmitController,
    BatchesController,
    BulkController,
    TasksController,
    AttentionController,
    ResultsController,
    PageListController,
    PageImageController,
    ReadingsController,
    WebhooksController,
    ProvidersController,
    SettingsController,
    ErrorsController,
  ],
  providers: [OptionRules, StandIns, Submissions, BatchSubmissions, UploadReceiver, PageImages, PageReadings, PageViews],
  exports: [Submissions],
})
export class ApiModule {}
