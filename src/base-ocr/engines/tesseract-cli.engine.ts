import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { childEnvironment } from '../../config/child-environment.js';
import { OcrError } from '../../errors/ocr-error.js';
import type { EngineFactory } from './engine-factory.js';
import type { EngineStatus, OcrEngine, RecogniseRequest, RecogniseResponse } from './ocr-engine.js';
import type { Tessdata } from './tessdata.js';
import { TesseractProcess } from './tesseract-cli.process.js';
import { librariesOf, libraryProgram, tesseractProgram, type ProgramFor } from './tesseract-programs.js';
import { poolLimits, TesseractPool, type PageTerms, type PoolLimits } from './tesseract-pool.js';

/** Oldest native tesseract taken: the first with the LSTM engine as we use it. */
const OLDEST = 5;
/** Milliseconds an empty page may take on a busy machine. */
const TRIAL = 60_000;
/** Milliseconds a library may take for it: before the program is taken instead, and well before an empty page would be too late. */
const LIBRARY_TRIAL = 10_000;
/** An empty page. */
const TRIAL_PAGE = { width: 100, height: 100, data: new Uint8Array(100 * 100).fill(255), dpi: 70 };

/**
 * The native tesseract on a pool of processes, each of which reads one page at a time: of its library where that can be loaded, which takes
 * a tenth less time, else of the program.
 */
export class TesseractCliEngine implements OcrEngine {
  readonly name = 'tesseract_cli';
  readonly segments = true;
  private readonly pool: TesseractPool;
  private found: Promise<string | null> | undefined;
  private tried: Promise<boolean> | undefined;
  private program: Promise<ProgramFor> | undefined;

  /** @param command the program's name (looked for on the PATH) or its path. */
  constructor(
    private readonly tessdata: Tessdata,
    private readonly limits: PoolLimits,
    private readonly command = 'tesseract',
  ) {
    this.pool = new TesseractPool(tessdata, limits, async (terms) =>
      TesseractProcess.start(await this.programFor(terms), tessdata.folder, terms, () => this.doWithoutLibrary()),
    );
  }

  /** The version of the program on this machine, or null when there is none or it is too old. Looked up once. */
  version(): Promise<string | null> {
    this.found ??= findVersion(this.command);
    return this.found;
  }

  async status(): Promise<EngineStatus> {
    const version = await this.version();
    const languages = await this.tessdata.languages();
    const common = { name: this.name, version: version ?? '', languages, slots: this.limits.slots };
    if (version === null)
      return {
        ...common,
        ready: false,
        reason_code: 'not_installed',
        reason: `No tesseract ${OLDEST} or later is installed on this machine.`,
      };
    if (this.pool.open && languages.length > 0 && !(await this.reads(languages[0]!)))
      return {
        ...common,
        ready: false,
        reason_code: 'not_usable',
        reason: 'The tesseract of this machine is not allowed to read the pages handed to it, or does not run.',
      };
    return { ...common, ready: this.pool.open };
  }

  /**
   * Whether the program reads an empty page: one that is shut in (a snap, say) does not get at what it is handed. Tried once; the
   * process that read it stays for the first page.
   */
  private reads(language: string): Promise<boolean> {
    this.tried ??= this.pool.recognise({ image: TRIAL_PAGE, language, signal: AbortSignal.timeout(TRIAL) }).then(
      () => true,
      () => !this.pool.open,
    );
    return this.tried;
  }

  /** The library where it reads an empty page, else the program. Tried once. */
  private programFor(terms: PageTerms): Promise<ProgramFor> {
    this.program ??= this.chooseProgram(terms);
    return this.program;
  }

  /** A library that breaks down on a page may do so on each: from then on the program reads. */
  private doWithoutLibrary(): void {
    this.program = Promise.resolve(tesseractProgram(this.command, this.tessdata.folder));
  }

  private async chooseProgram(terms: PageTerms): Promise<ProgramFor> {
    const { folder } = this.tessdata;
    const version = await this.version();
    for (const path of version === null ? [] : await librariesOf(this.command)) {
      const program = libraryProgram(path, version!, folder);
      if (await readsThrough(program, folder, terms)) return program;
    }
    return tesseractProgram(this.command, folder);
  }

  identity(language: string): Promise<string> {
    return this.pool.identity(language);
  }

  async recognise(request: RecogniseRequest): Promise<RecogniseResponse> {
    request.signal.throwIfAborted();
    if ((await this.version()) === null) {
      throw new OcrError('engine_unavailable', { detail: `No tesseract ${OLDEST} or later is installed on this machine.` });
    }
    return { blocks: await this.pool.recognise(request) };
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}

/** Whether a program reads an empty page. */
async function readsThrough(program: ProgramFor, folder: string, terms: PageTerms): Promise<boolean> {
  let process: TesseractProcess | undefined;
  const tooLate = setTimeout(() => void process?.kill(new OcrError('engine_unavailable')), LIBRARY_TRIAL);
  try {
    process = await TesseractProcess.start(program, folder, terms);
    await process.recognise(TRIAL_PAGE, terms);
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(tooLate);
    await process?.kill(undefined);
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
  create: ({ settings, tessdata }) => new TesseractCliEngine(tessdata, poolLimits(settings)),
};
