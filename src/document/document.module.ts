import { Module } from '@nestjs/common';
import { DocumentService } from './document.service.js';

/** Gives others {@link DocumentService}: documents opened, read and drawn. */
@Module({ providers: [DocumentService], exports: [DocumentService] })
export class DocumentModule {}
