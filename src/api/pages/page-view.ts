import { Inject, Injectable } from '@nestjs/common';
import { textOf, type PageResult } from '../../document/page-result.js';
import { DOCUMENT_STORE, type DocumentStore } from '../../storage/document-store.js';
import type { PageEntity } from '../../task-manager/entities/page.entity.js';
import type { PageDto } from '../dto/page.dto.js';

/** Makes what callers see of finished pages. */
@Injectable()
export class PageViews {
  constructor(@Inject(DOCUMENT_STORE) private readonly store: DocumentStore) {}

  /** @throws OcrError storage_failed */
  async ofPage({ page, artifact_key, error }: PageEntity): Promise<PageDto> {
    return artifact_key === null ? { page, state: 'failed', error } : this.ofResult(artifact_key);
  }

  /** @param key store key of a PageResult. @throws OcrError storage_failed */
  async ofResult(key: string): Promise<PageDto> {
    const result = JSON.parse((await this.store.read(key)).toString('utf8')) as PageResult;
    return { ...result, state: 'done', error: null, text: textOf(result) };
  }
}
