import { apiKey } from '~/api/api-key';
import type { Task } from '~/api/types';

export interface Command {
  what: 'submit' | 'status' | 'result';
  command: string;
  /** There where it has an address that may have lost its query, user and password, which the API never shows. */
  lacks?: 'address';
}

/** The commands for a shell that hand in the same document again, ask for the task and fetch its first result. */
export function curlOf(task: Task, origin: string): Command[] {
  const key = apiKey.get() === null ? '' : ` \\\n  -H 'Authorization: Bearer <key>'`;
  const status: Command = { what: 'status', command: `curl ${origin}${task.links.self}${key}` };
  const result = Object.values(task.results)[0];
  const fetching: Command[] =
    result === undefined
      ? []
      : [{ what: 'result', command: `curl -o ${quoted(result.file_name)} ${quoted(origin + result.href)}${key}` }];
  const submit: Command = { what: 'submit', command: submission(task, origin) + key };
  const hasAddress = task.source.kind === 'url' || task.options.webhook_url !== undefined;
  return [hasAddress ? { ...submit, lacks: 'address' } : submit, status, ...fetching];
}

function submission({ source, options: accepted, priority, tenant, metadata, name }: Task, origin: string): string {
  // Who stands in for the provider asked for is the server's choice.
  const { requested_provider, ...given } = accepted;
  const options = { ...given, ocr_provider: requested_provider ?? given.ocr_provider };
  if (source.kind === 'upload') {
    return [
      `curl ${origin}/api/ocr/upload`,
      `-F priority=${priority}`,
      // Not -F: there a value that begins with @ would be a file's, and one with a semicolon end there.
      ...(tenant === null ? [] : [`--form-string ${quoted(`tenant=${tenant}`)}`]),
      `--form-string ${quoted(`options=${JSON.stringify(options)}`)}`,
      ...(Object.keys(metadata).length === 0 ? [] : [`--form-string ${quoted(`metadata=${JSON.stringify(metadata)}`)}`]),
      `-F ${quoted(`file=@"${name.replace(/["\\]/g, '\\$&')}"`)}`,
    ].join(' \\\n  ');
  }
  const where = source.kind === 'path' ? { document_path: source.path } : { document_url: source.url };
  const body = JSON.stringify({ ...where, priority, ...(tenant === null ? {} : { tenant }), options, metadata }, null, 2);
  return `curl ${origin}/api/ocr/tasks \\\n  -H 'Content-Type: application/json' \\\n  -d ${quoted(body)}`;
}

/** A word for a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
