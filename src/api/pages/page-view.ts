import { Inject, Injectable } from '@nestjs/common';
import { textOf } from '../../document/page-result.js';
import { DOCUMENT_STORE, type DocumentStore } from '../../storage/document-store.js';
import type { PageEntity } from '../../task-manager/entities/page.entity.js';
import { PageArtifacts } from '../../task-manager/page-artifacts.js';
import type { PageDto } from '../dto/page.dto.js';

/** Makes what callers see of finished pages. */
@Injectable()
export class PageViews {
  constructor(@Inject(DOCUMENT_STORE) private readonly store: DocumentStore) {}

  /** @throws OcrError storage_failed */
  async ofPage({ page, artifact_key, error }: PageEntity): Promise<PageDto> {
    return artifact_key === null ? { page, state: 'failed', error } : this.ofResult(artifact_key, page);
  }

  /** @param key store key of the page's result. @throws OcrError storage_failed */
  async ofResult(key: string, page: number): Promise<PageDto> {
    const result = await new PageArtifacts(this.store).read(key, page);
    return { ...result, state: 'done', error: null, text: textOf(result) };
  }
}
