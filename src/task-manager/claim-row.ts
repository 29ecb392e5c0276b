import type { Claim } from './claim.js';
import type { JobKind, TaskOptions, TaskSource } from './task.types.js';

/** A row of the `ocr_claim_job` and `ocr_stalled_jobs` statements. */
export interface ClaimRow {
  job_id: number;
  token: string;
  node_id: string;
  kind: JobKind;
  position: number;
  first_page: number | null;
  last_page: number | null;
  attempt: number;
  stalls: number;
  task_id: string;
  run: number;
  name: string;
  source: TaskSource;
  options: TaskOptions;
  secrets: { password?: string } | null;
  document_key: string | null;
  page_count: number | null;
  tenant: string;
}

export function toClaim(row: ClaimRow): Claim {
  return {
    jobId: row.job_id,
    token: row.token,
    nodeId: row.node_id,
    kind: row.kind,
    position: row.position,
    firstPage: row.first_page,
    lastPage: row.last_page,
    attempt: row.attempt,
    stalls: row.stalls,
    task: {
      id: row.task_id,
      run: row.run,
      name: row.name,
      source: row.source,
      options: row.options,
      password: row.secrets?.password,
      documentKey: row.document_key,
      pageCount: row.page_count,
      tenant: row.tenant,
    },
  };
}
