import { Module } from '@nestjs/common';
import { DocumentService } from './document.service.js';
import { WebpEncoder } from './page-image/webp-encoder.js';

/** Gives others {@link DocumentService}: documents opened, read and drawn; and {@link WebpEncoder}: pictures for browsers. */
@Module({ providers: [DocumentService, WebpEncoder], exports: [DocumentService, WebpEncoder] })
export class DocumentModule {}
