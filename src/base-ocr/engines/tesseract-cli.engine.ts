import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { promisify } from 'node:util';
import { childEnvironment } from '../../config/child-environment.js';
import { OcrError } from '../../errors/ocr-error.js';
import type { EngineFactory } from './engine-factory.js';
import type { EngineStatus, OcrEngine, RecogniseRequest, RecogniseResponse } from './ocr-engine.js';
import { assertReadable, pgmHeader, tesseractDpi } from './pgm.js';
import { PAGE_SEGMENTATION } from './tesseract-segmentation.js';
import { Slots } from '../../threads/slots.js';
import type { Tessdata } from './tessdata.js';
import { parseTsv } from './tesseract-tsv.js';

/** Oldest native tesseract taken: the first with the LSTM engine as we use it. */
const OLDEST = 5;

/**
 * The native tesseract: one process a page, image in through stdin, TSV out through stdout. Nothing is kept between pages, so
 * nothing is there to recycle; an aborted page's process is killed.
 */
export class TesseractCliEngine implements OcrEngine {
  readonly name = 'tesseract_cli';
  readonly segments = true;
  private readonly slots: Slots;
  private readonly children = new Set<ChildProcessWithoutNullStreams>();
  private found: Promise<string | null> | undefined;
  private closed = false;

  /** @param command the program's name (looked for on the PATH) or its path. */
  constructor(
    private readonly tessdata: Tessdata,
    slots: number,
    private readonly command = 'tesseract',
  ) {
    this.slots = new Slots(slots);
  }

  /** The version of the program on this machine, or null when there is none or it is too old. Looked up once. */
  version(): Promise<string | null> {
    this.found ??= findVersion(this.command);
    return this.found;
  }

  async status(): Promise<EngineStatus> {
    const version = await this.version();
    const common = {
      name: this.name,
      version: version ?? '',
      languages: await this.tessdata.languages(),
      slots: this.slots.size,
    };
    if (version === null)
      return {
        ...common,
        ready: false,
        reason_code: 'not_installed',
        reason: `No tesseract ${OLDEST} or later is installed on this machine.`,
      };
    return { ...common, ready: !this.closed };
  }

  async recognise({ image, language, segmentation, signal }: RecogniseRequest): Promise<RecogniseResponse> {
    signal.throwIfAborted();
    assertReadable(image);
    if ((await this.version()) === null) {
      throw new OcrError('engine_unavailable', { detail: `No tesseract ${OLDEST} or later is installed on this machine.` });
    }
    await this.tessdata.prepare(language);
    const release = await this.slots.acquire(signal);
    try {
      return { blocks: parseTsv(await this.read({ image, language, segmentation, signal })) };
    } finally {
      release();
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    this.slots.close(new OcrError('engine_unavailable', { detail: 'The engine is closed.' }));
    await Promise.all(
      [...this.children].map((child) => {
        const gone = new Promise((resolve) => child.once('close', resolve));
        child.kill('SIGKILL');
        return gone;
      }),
    );
  }

  /** Runs tesseract on one page and returns its TSV. */
  private read({ image, language, segmentation = 'auto', signal }: RecogniseRequest): Promise<string> {
    const child = this.start(language, tesseractDpi(image.dpi), PAGE_SEGMENTATION[segmentation]);
    const output: Buffer[] = [];
    const remarks: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => output.push(part));
    child.stderr.on('data', (part: Buffer) => remarks.push(part));
    // A process that ends before it has read everything breaks the pipe; how it ended is told by `close`.
    child.stdin.on('error', () => undefined);
    child.stdin.write(pgmHeader(image));
    child.stdin.end(image.data);

    return new Promise((resolve, reject) => {
      const stop = () => {
        child.kill('SIGKILL');
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', stop, { once: true });
      child.on('error', (error) => reject(new OcrError('engine_unavailable', { cause: error })));
      child.on('close', (code, killedBy) => {
        signal.removeEventListener('abort', stop);
        if (code === 0) return resolve(Buffer.concat(output).toString('utf8'));
        const cause = new Error(
          `tesseract ended with ${code ?? killedBy}: ${Buffer.concat(remarks).toString('utf8').slice(-2000)}`,
        );
        reject(this.failure(code, cause));
      });
    });
  }

  private failure(code: number | null, cause: Error): OcrError {
    if (this.closed) return new OcrError('engine_unavailable', { detail: 'The engine is closed.', cause });
    return new OcrError(code === null ? 'engine_crashed' : 'engine_failed', { cause });
  }

  private start(language: string, dpi: string, psm: string): ChildProcessWithoutNullStreams {
    const files = ['stdin', 'stdout', '--tessdata-dir', this.tessdata.folder, '-l', language];
    // Output is chosen by variables: the shorthand `tsv` needs a file in the language folder.
    const how = ['--dpi', dpi, '--oem', '1', '--psm', psm, '-c', 'tessedit_create_tsv=1', '-c', 'tessedit_create_txt=0'];
    // Without the limit every process starts threads for all cores, and several processes slow each other down manifold.
    const child = spawn(this.command, [...files, ...how], { env: childEnvironment({ OMP_THREAD_LIMIT: '1' }) });
    this.children.add(child);
    child.once('close', () => this.children.delete(child));
    return child;
  }
}

async function findVersion(command: string): Promise<string | null> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, ['--version'], { env: childEnvironment(), timeout: 10_000 });
    const version = /^tesseract v?(\d+[\w.-]*)/.exec(stdout || stderr)?.[1];
    return version !== undefined && Number.parseInt(version, 10) >= OLDEST ? version : null;
  } catch {
    return null;
  }
}

export const tesseractCli: EngineFactory = {
  name: 'tesseract_cli',
  create: ({ settings, tessdata }) => new TesseractCliEngine(tessdata, settings.ocr_slots),
};
