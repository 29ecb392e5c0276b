import type { SubmittedDto } from '../../api/dto/task.dto.js';
import { EXIT } from '../../exit-codes.js';
import type { ApiClient } from '../api-client.js';
import { CliError } from '../errors.js';
import { oneByOne } from '../one-by-one.js';
import { deliveryOf, treatmentOf, type DeliveryOptions, type TreatmentOptions } from '../options.js';
import { assertReadable } from '../readable-file.js';
import type { Terminal } from '../terminal.js';

export interface SubmitOptions extends TreatmentOptions, DeliveryOptions {
  onServer?: boolean;
  idempotencyKey?: string;
}

/**
 * Hands documents to a server: files of this machine, addresses, or with `--on-server` paths the server can read. Prints the
 * task ids. One that is refused does not stop the others. @returns the exit code
 */
export async function submit(
  targets: readonly string[],
  options: SubmitOptions,
  client: ApiClient,
  terminal: Terminal,
): Promise<number> {
  if (options.idempotencyKey !== undefined && targets.length > 1) {
    throw new CliError('An idempotency key goes with one document.', EXIT.usage);
  }
  return oneByOne(targets, terminal, async (target) => {
    const submitted = await submitOne(target, options, client);
    terminal.data({ ...submitted, target });
    terminal.line(submitted.task_id);
  });
}

async function submitOne(target: string, options: SubmitOptions, client: ApiClient): Promise<SubmittedDto> {
  const said = treatmentOf(options);
  const treatment = { ...said, options: { ...said.options, ...deliveryOf(options) } };
  if (/^https?:\/\//i.test(target)) return client.submit({ ...treatment, document_url: target }, options.idempotencyKey);
  if (options.onServer === true) return client.submit({ ...treatment, document_path: target }, options.idempotencyKey);
  assertReadable(target, 'If it is a path of the server, say --on-server');
  return client.upload(target, treatment, options.idempotencyKey);
}
