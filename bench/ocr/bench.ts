import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../../src/config/load-settings.js';
import { DocumentService } from '../../src/document/document.service.js';
import { CASES } from '../corpus/cases.js';
import { makePage, type CorpusPage } from '../corpus/make-corpus.js';
import { BenchServer } from '../queue/bench-server.js';
import { ProductServer } from '../queue/server.js';

/** What every measurement works with: a database, a folder of its own and the corpus. */
export class Bench {
  private databases = 0;
  private constructor(
    readonly folder: string,
    readonly postgres: BenchServer,
    private readonly documents: DocumentService,
  ) {}

  static async start(): Promise<Bench> {
    const folder = await mkdtemp(join(tmpdir(), 'bench-ocr-'));
    const documents = new DocumentService(loadSettings({ data_dir: folder }, {}, folder));
    return new Bench(folder, await BenchServer.start(), documents);
  }

  /** Runs `measure` with a server on a database of its own. */
  async withServer<T>(measure: (server: ProductServer) => Promise<T>, settings = {}, cores?: string): Promise<T> {
    const url = await this.postgres.createDatabase(`ocr_${++this.databases}`);
    const server = await ProductServer.start(url, settings, cores);
    try {
      return await measure(server);
    } finally {
      await server.stop();
    }
  }

  /** English pages of one kind of the corpus. */
  async pages(kindName: string, count: number): Promise<CorpusPage[]> {
    const kind = CASES.find(({ name }) => name === kindName)!;
    const pages: CorpusPage[] = [];
    for (let index = 0; pages.length < count; index++) {
      // Every third page of the corpus is French.
      if (index % 3 !== 2) pages.push(await makePage(this.documents, kind, index));
    }
    return pages;
  }

  /** The pages' images, as engines alone are given them. @returns their paths */
  images(pages: readonly CorpusPage[]): Promise<string[]> {
    return Promise.all(
      pages.map(({ image: { width, height, data } }, index) =>
        this.file(`page-${index}.pgm`, Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`), data])),
      ),
    );
  }

  /** A file in the benchmark's folder. @returns its path */
  async file(name: string, bytes: Uint8Array): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, bytes);
    return path;
  }

  async stop(): Promise<void> {
    await this.documents.close();
    await this.postgres.stop();
    await rm(this.folder, { recursive: true });
  }
}
