import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import busboy from 'busboy';
import type { Request } from 'express';
import { SETTINGS, type Settings } from '../../config/settings.js';
import { OcrError } from '../../errors/ocr-error.js';
import { LostFiles } from '../../queue-manager/lost-files.js';
import { DOCUMENT_STORE, type DocumentStore, type StoredArtifact } from '../../storage/document-store.js';
import { sourceKey, taskPrefix } from '../../task-manager/artifact-keys.js';
import type { UploadRequest } from '../requests/submit-request.js';
import { invalidRequest } from '../../requests/invalid-request.js';
import { documentNameOfForm } from '../tasks/document-name.js';
import type { Accepted, Upload } from '../tasks/submissions.js';
import { ofKnownKind } from './known-kind.js';
import { toUploadRequest } from './upload-form.js';

/** The largest field beside the file, in bytes. */
const FIELD_BYTES = 64 * 1024;
const MOST_FIELDS = 50;
/** What a form may add to the file: boundaries, headers, fields. */
const FORM_BYTES = 1024 * 1024;
/** Milliseconds the rest of a refused upload is read and thrown away, so that its sender comes to read the refusal. */
const DRAIN_TIME = 30_000;

/** A file on its way into the store. */
interface Storing {
  name: string;
  artifact: Promise<StoredArtifact>;
}

/** What becomes of an upload. */
interface Reception {
  /** Refuses it before its body is read. */
  admit(): Promise<void>;
  submit(body: UploadRequest, upload: Upload): Promise<Accepted>;
}

/** Takes uploads: streams the file into the document store while it comes, whatever the order of the form's fields. */
@Injectable()
export class UploadReceiver {
  private readonly maxBytes: number;

  constructor(
    private readonly lostFiles: LostFiles,
    @Inject(DOCUMENT_STORE) private readonly store: DocumentStore,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.maxBytes = settings.max_upload_mb * 1024 * 1024;
  }

  /**
   * Receives one form and gives it to `submit`; what is wrong with the fields before the file is told before that is read. Unless that makes the task `taskId`, nothing is left in the store: where
   * that cannot be told, the file goes once it can.
   * @throws OcrError unsupported_media_type, malformed_request (also when the caller leaves), invalid_request,
   *   document_too_large, unsupported_document, damaged_document (empty), those of the store, those of `admit` and `submit`
   */
  async receive(request: Request, taskId: string, { admit, submit }: Reception): Promise<Accepted> {
    try {
      await admit();
      const { name, artifact, fields } = await this.readForm(request, sourceKey(taskId));
      const { key, size, sha256 } = artifact;
      const upload: Upload = { taskId, name, source: { kind: 'upload', key, size, sha256 } };
      const submitted = await submit(toUploadRequest(fields), upload);
      if (!submitted.created) await this.discard(taskId);
      return submitted;
    } catch (error) {
      discardRest(request);
      // When the database was lost in the middle of the commit the task may be there, and needs its document.
      if (error instanceof OcrError && error.code === 'service_unavailable') this.lostFiles.suspect(taskId);
      else await this.discard(taskId);
      throw error;
    }
  }

  private async discard(taskId: string): Promise<void> {
    await this.store.deletePrefix(taskPrefix(taskId)).catch(() => this.lostFiles.suspect(taskId));
  }

  private async readForm(request: Request, key: string) {
    if (Number(request.get('content-length') ?? 0) > this.maxBytes + FORM_BYTES) throw new OcrError('document_too_large');
    const parser = openParser(request);
    if (request.destroyed && !request.complete) throw brokenOff();
    const stop = new AbortController();
    const fields: [string, string][] = [];
    let storing: Storing | undefined;
    const leave = () => {
      if (!request.complete) stop.abort(brokenOff());
    };
    request.once('close', leave);
    try {
      await new Promise<void>((resolve, reject) => {
        stop.signal.addEventListener('abort', () => reject(stop.signal.reason));
        parser.on('file', (field, file, { filename }) => {
          file.on('error', () => {}); // told by whoever reads the file, or not needed any more
          if (field !== 'file')
            return reject(invalidRequest([{ field, message: 'is not known as a file; the document goes into `file`' }]));
          try {
            toUploadRequest(fields);
          } catch (error) {
            return reject(error as Error);
          }
          storing = { name: documentNameOfForm(filename ?? ''), artifact: this.put(key, file, stop.signal) };
          storing.artifact.catch(reject);
        });
        parser.on('field', (name, value, { nameTruncated, valueTruncated }) => {
          if (nameTruncated || valueTruncated)
            reject(tooMuch(`The field ${name.slice(0, 50)} is longer than ${FIELD_BYTES} bytes.`));
          fields.push([name, value]);
        });
        parser.on('filesLimit', () => reject(invalidRequest([{ field: 'file', message: 'must be one file' }])));
        parser.on('fieldsLimit', () => reject(tooMuch(`The form has more than ${MOST_FIELDS} fields.`)));
        parser.on('partsLimit', () => reject(tooMuch(`The form has more than ${MOST_FIELDS} parts.`)));
        parser.on('error', (error) => reject(malformed(error)));
        parser.on('close', resolve);
        request.pipe(parser);
      });
      if (storing === undefined) throw invalidRequest([{ field: 'file', message: 'is required' }]);
      return { name: storing.name, artifact: await storing.artifact, fields };
    } catch (error) {
      request.unpipe(parser);
      parser.destroy();
      stop.abort(error);
      await storing?.artifact.catch(() => {}); // until it has cleaned up behind itself
      throw error;
    } finally {
      request.off('close', leave);
    }
  }

  private put(key: string, file: Readable, signal: AbortSignal): Promise<StoredArtifact> {
    const body = Readable.from(ofKnownKind(file), { objectMode: false });
    return this.store.put(key, body, { maxBytes: this.maxBytes, signal });
  }
}

function openParser(request: Request): busboy.Busboy {
  if (!request.is('multipart/form-data')) {
    throw new OcrError('unsupported_media_type', {
      detail: 'An upload is a form: multipart/form-data with the document in `file`.',
    });
  }
  const limits = { files: 1, fields: MOST_FIELDS, parts: MOST_FIELDS + 1, fieldSize: FIELD_BYTES, fieldNameSize: 100 };
  try {
    return busboy({ headers: request.headers, limits, defParamCharset: 'utf8' });
  } catch (error) {
    throw malformed(error);
  }
}

function brokenOff(): OcrError {
  return new OcrError('malformed_request', { detail: 'The connection ended before the form did.' });
}

function malformed(cause: unknown): OcrError {
  return OcrError.from(cause, 'malformed_request', { detail: 'The form could not be read: it is damaged, or breaks off.' });
}

function tooMuch(detail: string): OcrError {
  return new OcrError('request_too_large', { detail });
}

/**
 * Reads on without keeping anything: most clients look for an answer only once they have sent all, and a connection closed
 * on unread bytes would take the answer with it. Those who never end are cut off.
 */
function discardRest(request: Request): void {
  if (request.complete || request.destroyed) return;
  request.resume();
  const timer = setTimeout(() => request.destroy(), DRAIN_TIME).unref();
  request.once('close', () => clearTimeout(timer));
}
