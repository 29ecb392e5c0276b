import type { DocumentService } from '../document/document.service.js';
import type { PageContent, PageSurvey, PdfFile } from '../document/document.types.js';
import { meanConfidence, wordsOf, type Box, type KeptPage, type PageBlock, type PageResult } from '../document/page-result.js';
import type { PreparedPage, PreprocessOptions } from '../document/preparation/preparation.types.js';
import { trueDpi } from '../document/preparation/turned-image.js';
import type { OcrEngine } from './engines/ocr-engine.js';
import { freeMemory } from '../threads/free-memory.js';
import { mergeBlocks } from './merge-blocks.js';
import { planPage, type ReadMode } from './own-text.js';
import { markOwnWords, withoutOwnWords } from './own-words.js';
import {
  engineTerms,
  readingKey,
  standInFor,
  type CachedReading,
  type CacheHolder,
  type PageCache,
  type ReadingTerms,
} from './page-cache.js';
import { describeReading, readUpright, type ReadingTools } from './reading.js';
import { lookAgain } from './second-look.js';

/** One page to read. */
export interface ReadPageRequest {
  readonly pdf: PdfFile;
  /** 1-based. */
  readonly page: number;
  readonly mode: ReadMode;
  readonly language: string;
  /** API name of the engine. */
  readonly provider: string;
  /** Engines that stand in for it when it is down, in this order. */
  readonly fallback?: readonly string[];
  /** Resolution to draw the page at; 0 or absent: what suits it. */
  readonly dpi?: number;
  /** What is done to the page's image before it is read; absent: what it needs. */
  readonly preprocess?: PreprocessOptions;
  /** Whether a page that reads badly is read again in another manner. Absent: yes. */
  readonly secondLook?: boolean;
  /** Whose earlier readings may be taken and added to; absent: the page is read whatever was read before. */
  readonly cacheFor?: CacheHolder;
  /** What is on the page, when that is known already. */
  readonly content?: PageContent;
  /** Aborting it stops the work, the engine's too, within a second. */
  readonly signal: AbortSignal;
}

/** What the pipeline works with. */
export interface PageReaderParts {
  readonly documents: DocumentService;
  readonly engine: OcrEngine;
  /** Engines that may read a page the first is unsure of. */
  readonly standIns?: readonly OcrEngine[];
  readonly cache: PageCache | undefined;
  /** Milliseconds all of the page may take. */
  readonly timeMs: number;
}

/** Pieces shaped like letters that make a picture worth reading. */
const SOME_WRITING = 6;
/** Share of the page's time after which no second look begins or goes on: what was read first is not put at risk. */
const SAFE_SHARE = 0.8;

type Found = Pick<PageResult, 'source' | 'blocks'> & Partial<PageResult>;

/** Takes one page through the pipeline: its own text kept, what else it shows prepared and read by the engine. */
export async function readThroughPipeline(parts: PageReaderParts, request: ReadPageRequest): Promise<PageResult> {
  const started = performance.now();
  const { pdf, page, signal } = request;
  const content = request.content ?? (await parts.documents.content(pdf, page, signal));
  const found = await new PageReader(parts, request, content, started).read();
  return toPageResult(page, content, found, performance.now() - started);
}

/** Pages of a document that were looked into together. */
export interface SurveyedPages {
  /** Those that are done with that: their text is their own, and nothing else on them is to be read. */
  readonly kept: KeptPage[];
  /** What is on the others. */
  readonly others: ReadonlyMap<number, PageContent>;
}

/** Looks into many pages in one go and keeps those that carry all their text, which needs no engine. */
export async function keepOwnText(
  documents: DocumentService,
  { pdf, pages, mode, signal }: Pick<ReadPageRequest, 'pdf' | 'mode' | 'signal'> & { readonly pages: readonly number[] },
): Promise<SurveyedPages> {
  const started = performance.now();
  const found = await documents.survey(pdf, pages, signal);
  const durationMs = (performance.now() - started) / Math.max(1, found.length);
  const isKept = ({ content }: PageSurvey) => planPage(content, mode) === 'keep';
  return {
    kept: found.filter(isKept).map(({ page, content, blocks, words }) => {
      return { facts: toPageResult(page, content, { source: 'kept' }, durationMs), blocks, words };
    }),
    others: new Map(found.filter((one) => !isKept(one)).map(({ page, content }) => [page, content])),
  };
}

function toPageResult<F extends Pick<PageResult, 'source'>>(
  page: number,
  { width, height, rotation }: PageContent,
  found: F,
  durationMs: number,
): F & Omit<PageResult, 'blocks' | 'source'> {
  return {
    page,
    width,
    height,
    rotation,
    orientation: 0,
    skew: 0,
    confidence: null,
    dpi: null,
    engine: null,
    ...found,
    duration_ms: Math.round(durationMs),
  };
}

class PageReader {
  /** Readings an engine began, and of these the ones it ended well. */
  private readings = 0;
  private ended = 0;

  constructor(
    private readonly parts: PageReaderParts,
    private readonly request: ReadPageRequest,
    private readonly content: PageContent,
    private readonly started: number,
  ) {}

  async read(): Promise<Found> {
    const { mode } = this.request;
    switch (planPage(this.content, mode)) {
      case 'nothing':
        return { source: 'blank', blocks: [] };
      case 'keep':
        return { source: 'kept', blocks: await this.ownText() };
      case 'keep and read pictures':
        return this.readPictures(await this.ownText(true));
      case 'read': {
        const found = await this.readImage(null);
        if (this.content.visibleChars > 0) markOwnWords(found.blocks, await this.ownText(true));
        return found;
      }
    }
  }

  private ownText(visibleOnly = false): Promise<PageBlock[]> {
    const { pdf, page, signal } = this.request;
    return this.parts.documents.readText(pdf, page, { visibleOnly, signal });
  }

  private async readPictures(own: PageBlock[]): Promise<Found> {
    const words = [...wordsOf({ blocks: own })];
    const found = await this.readImage(words.map((word) => word.box));
    markOwnWords(found.blocks, own);
    const pictures = withoutOwnWords(found.blocks);
    if (pictures.length === 0) return { source: 'kept', blocks: own };
    for (const word of words) word.own = true;
    return { ...found, confidence: meanConfidence(pictures), blocks: mergeBlocks(own, pictures) };
  }

  /** @param beside places of the page's own words when only its pictures are to be read */
  private async readImage(beside: readonly Box[] | null): Promise<Found> {
    const images: PreparedPage[] = [];
    const found = await this.readPrepared(beside, images);
    // What an engine was stopped at, it may still be writing.
    if (this.readings === this.ended) for (const { image } of images) freeMemory(image.data);
    return found;
  }

  /** @param images to these is added every image that is prepared */
  private async readPrepared(beside: readonly Box[] | null, images: PreparedPage[]): Promise<Found> {
    const { documents, engine } = this.parts;
    const { pdf, page, language, dpi, preprocess, signal } = this.request;
    const { width, height } = this.content;
    const toolsWith = (stop: AbortSignal): ReadingTools => ({
      width,
      height,
      prepare: async ({ manner, turn }) => {
        const request = { dpi: dpi ?? 0, preprocess: preprocess ?? {}, manner, turn, picturesBeside: beside };
        const prepared = await documents.prepare(pdf, page, request, stop);
        images.push(prepared);
        return prepared;
      },
      read: async (image, { segmentation, standIn = engine } = {}) => {
        this.readings += 1;
        const { blocks } = await standIn.recognise({ image, language, segmentation, signal: stop });
        this.ended += 1;
        return blocks;
      },
    });
    const tools = toolsWith(signal);
    const prepared = await tools.prepare({ manner: 'usual', turn: 0 });
    if (prepared.blank) return { source: 'blank', blocks: [], dpi: trueDpi(prepared) };
    if (beside !== null && prepared.letters < SOME_WRITING) return { source: 'kept', blocks: [] };

    const terms = await this.terms();
    const able = terms.standIns.filter((each) => each.terms !== null);
    return this.remembered(prepared, terms, async () => {
      const first = await readUpright(prepared, tools);
      const left = this.parts.timeMs * SAFE_SHARE - (performance.now() - this.started);
      const { best, all, settled } = terms.secondLook
        ? await lookAgain(first, toolsWith, signal, left, {
            segments: engine.segments === true,
            standIns: able.map((each) => each.engine),
          })
        : { best: first, all: [first], settled: true };
      const { name, version } = able.find((each) => each.engine === best.how.standIn)?.terms ?? terms.engine;
      const reading = {
        blocks: best.blocks,
        orientation: best.page.origin.turn,
        skew: best.page.skew,
        confidence: best.confidence,
        dpi: trueDpi(best.page),
        engine: { provider: name, version, language },
        ...(all.length > 1 ? { readings: all.map((each) => describeReading(each, engine.name, each === best)) } : {}),
      };
      return { reading, settled };
    });
  }

  /** What the page's reading depends on beside its image, as things are now. */
  private async terms(): Promise<ReadingTerms> {
    const { engine, standIns = [] } = this.parts;
    const { language, secondLook, dpi, preprocess } = this.request;
    const { width, height } = this.content;
    const [own, ...others] = await Promise.all([
      engineTerms(engine, language),
      ...standIns.map((each) => standInFor(each, language)),
    ]);
    return {
      engine: own,
      standIns: others,
      language,
      secondLook: secondLook !== false,
      dpi: dpi ?? 0,
      preprocess: preprocess ?? {},
      width,
      height,
    };
  }

  /**
   * What was read from the same image before, else what `read` gives, which is then kept, unless the terms might lead to something better
   * another time. A cache that fails stands in nobody's way.
   */
  private async remembered(
    prepared: PreparedPage,
    terms: ReadingTerms,
    read: () => Promise<{ reading: CachedReading; settled: boolean }>,
  ): Promise<Found> {
    const { cache } = this.parts;
    const { cacheFor: holder } = this.request;
    if (cache === undefined || holder === undefined) return { source: 'recognised', ...(await read()).reading };
    const key = readingKey(prepared, terms);
    const known = await cache.find(holder, key).catch(() => null);
    if (known !== null) return { source: 'recognised', ...known };
    const { reading, settled } = await read();
    if (settled) await cache.keep(holder, key, reading).catch(() => undefined);
    return { source: 'recognised', ...reading };
  }
}
