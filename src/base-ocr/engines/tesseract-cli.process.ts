import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { open, readFile, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import type { Readable, Writable } from 'node:stream';
import { childEnvironment } from '../../config/child-environment.js';
import type { GrayImage } from '../../document/document.types.js';
import { OcrError } from '../../errors/ocr-error.js';
import { tiffHeader } from './page-files.js';
import { readsAlike, type PageTerms, type TesseractReader } from './tesseract-pool.js';
import type { ProgramFor } from './tesseract-programs.js';

/** What the process finds its page, and the mark of a page's end, under: descriptors it inherits. */
const PAGE = 3;
const END_MARK = 4;
/** Bytes of the process's last remarks that an error tells. */
const REMARKS = 2000;

/** How a process ends by a fault of its own. */
const FAULTS: readonly NodeJS.Signals[] = ['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE'];

/** Read after each page: that its row comes tells that the page's rows are all there. White, and over in a few milliseconds. */
const MARK: GrayImage = { width: 100, height: 100, data: new Uint8Array(100 * 100).fill(255), dpi: 70 };

/**
 * A process of the native tesseract, or of its library, that stays from page to page. It takes names of image files from its stdin and
 * writes, at once, the TSV of each to its stdout.
 */
export class TesseractProcess implements TesseractReader {
  pages = 0;
  memoryBytes = 0;
  private readonly child: ChildProcess;
  private readonly gone: Promise<void>;
  private readonly decoder = new StringDecoder('utf8');
  private remarks = '';
  private output = '';
  /** Images read, end marks included; tesseract numbers them from 1. */
  private images = 0;
  private pending: { resolve: (tsv: string) => void; reject: (error: unknown) => void } | undefined;
  private killedFor: { reason: unknown } | undefined;
  /** How the process ended. */
  private endedBy: OcrError | undefined;

  /**
   * Starts a process set up for such pages.
   * @param folder where, for a moment, the file is that pages are handed over in
   * @param brokeDown called when the process ends by a fault of its own
   */
  static async start(
    programFor: ProgramFor,
    folder: string,
    terms: PageTerms,
    brokeDown: () => void = () => undefined,
  ): Promise<TesseractProcess> {
    const files: HandedFile[] = [];
    try {
      for (const descriptor of [PAGE, END_MARK]) files.push(await HandedFile.create(folder, descriptor));
      const [page, mark] = files as [HandedFile, HandedFile];
      await mark.write(MARK, String(MARK.dpi));
      return new TesseractProcess(programFor, terms, page, mark, brokeDown);
    } catch (error) {
      await Promise.all(files.map((file) => file.close()));
      throw OcrError.from(error, 'engine_unavailable');
    }
  }

  private constructor(
    programFor: ProgramFor,
    private readonly setUp: PageTerms,
    private readonly page: HandedFile,
    private readonly mark: HandedFile,
    brokeDown: () => void,
  ) {
    const { command, args, environment } = programFor(setUp);
    this.child = spawn(command, args, {
      env: childEnvironment(environment),
      stdio: ['pipe', 'pipe', 'pipe', page.descriptor, mark.descriptor],
    });
    const { stdin, stdout, stderr } = this.child as { stdin: Writable; stdout: Readable; stderr: Readable };
    stdout.on('data', (part: Buffer) => this.take(part));
    stderr.on('data', (part: Buffer) => (this.remarks = (this.remarks + part.toString('utf8')).slice(-REMARKS)));
    // A process that has ended breaks the pipe; how it ended is told by `close`.
    stdin.on('error', () => undefined);
    this.gone = new Promise((resolve) => {
      const end = (error: OcrError) => {
        if (this.endedBy !== undefined) return;
        this.endedBy = error;
        this.fail(error);
        void Promise.allSettled([page.close(), mark.close()]).then(() => resolve());
      };
      this.child.once('error', (cause) => end(new OcrError('engine_unavailable', { cause })));
      this.child.once('close', (code, signal) => {
        if (signal !== null && FAULTS.includes(signal)) brokeDown();
        const cause = new Error(`tesseract ended with ${code ?? signal}: ${this.remarks}`);
        end(new OcrError(code === null ? 'engine_crashed' : 'engine_failed', { cause }));
      });
    });
    this.keepAlive(false);
  }

  get dead(): boolean {
    return this.endedBy !== undefined || this.killedFor !== undefined;
  }

  /** A process is set up once and for all. */
  suits(terms: PageTerms): 'as it is' | 'no' {
    return readsAlike(terms, this.setUp) && terms.psm === this.setUp.psm ? 'as it is' : 'no';
  }

  async recognise(image: GrayImage, { dpi }: PageTerms): Promise<string> {
    const failed = await this.page.write(image, dpi).then(
      () => undefined,
      (error: unknown) => OcrError.from(error, 'engine_unavailable'),
    );
    // Whoever ended the process meanwhile closed the file as well: that is the reason then.
    if (this.killedFor !== undefined) throw this.killedFor.reason;
    if (this.endedBy !== undefined) throw this.endedBy;
    if (failed !== undefined) throw failed;
    this.keepAlive(true);
    try {
      const tsv = await new Promise<string>((resolve, reject) => {
        this.pending = { resolve, reject };
        this.child.stdin?.write(`${this.page.path}\n${this.mark.path}\n`);
      });
      this.memoryBytes = await residentBytes(this.child.pid);
      return tsv;
    } finally {
      this.keepAlive(false);
    }
  }

  kill(reason: unknown): Promise<void> {
    this.killedFor ??= { reason };
    this.child.kill('SIGKILL');
    this.fail(reason);
    return this.gone;
  }

  /** Collects the output; when the row of the end mark is there, the rows before it are the page's. */
  private take(part: Buffer): void {
    this.output += this.decoder.write(part);
    const mark = this.output.lastIndexOf(`\n1\t${this.images + 2}\t`);
    if (mark === -1 || !this.output.endsWith('\n')) return;
    const tsv = this.output.slice(0, mark);
    this.images += 2;
    // The line feed before the next page's first row.
    this.output = '\n';
    this.pending?.resolve(tsv);
    this.pending = undefined;
  }

  private fail(error: unknown): void {
    this.pending?.reject(error);
    this.pending = undefined;
  }

  /** Only a process at work keeps this one alive. */
  private keepAlive(yes: boolean): void {
    const parts = [this.child, this.child.stdin, this.child.stdout, this.child.stderr] as { ref?(): void; unref?(): void }[];
    for (const part of parts)
      if (yes) part.ref?.();
      else part.unref?.();
  }
}

/**
 * A file that is handed over to a process again and again with something else in it. On Linux it has no name any more, so that nothing is
 * left of it however this process ends; elsewhere it has one until it is closed.
 */
class HandedFile {
  private constructor(
    private readonly handle: FileHandle,
    private readonly name: string | undefined,
    /** What the process opens. */
    readonly path: string,
  ) {}

  /** @param inherited the number the file's descriptor gets in the process it is handed to */
  static async create(folder: string, inherited: number): Promise<HandedFile> {
    const name = join(folder, `${randomUUID()}.page.tif`);
    const handle = await open(name, 'wx+', 0o600);
    if (process.platform !== 'linux') return new HandedFile(handle, name, name);
    try {
      await rm(name);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return new HandedFile(handle, undefined, `/proc/self/fd/${inherited}`);
  }

  get descriptor(): number {
    return this.handle.fd;
  }

  async write(image: GrayImage, dpi: string): Promise<void> {
    const header = tiffHeader(image, dpi);
    await this.handle.truncate(header.length + image.data.length);
    await this.writeAll(header, 0);
    await this.writeAll(image.data, header.length);
  }

  /** A disk with too little room takes a part without a word; only the next write tells that it is full. */
  private async writeAll(data: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < data.length;) {
      done += (await this.handle.write(data, done, data.length - done, position + done)).bytesWritten;
    }
  }

  async close(): Promise<void> {
    await this.handle.close();
    if (this.name !== undefined) await rm(this.name, { force: true });
  }
}

/** Memory a process holds, where the system tells (Linux), else 0. */
async function residentBytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}
