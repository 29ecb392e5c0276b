import { constants } from 'node:fs';
import { chmod, copyFile, rm, stat } from 'node:fs/promises';
import { PDFName } from 'pdf-lib';
import { isAbort, OcrError } from '../../errors/ocr-error.js';
import type { PageResult, PageSource } from '../page-result.js';
import { IncrementalUpdate } from './incremental-update.js';
import { contentStreams, pagesOf, type PageNode } from './page-tree.js';
import { PageUpdater } from './page-update.js';
import { PdfSource } from './pdf-source.js';
import { encryptPdf, rewritePdf } from './rewrite-pdf.js';
import type { WriteSearchablePdfRequest, WrittenPdf } from './searchable-pdf.types.js';
import { UnreadablePdf } from './unreadable-pdf.js';

/**
 * Writes the source with an invisible text layer on every recognised page.
 *
 * `incremental`: the output starts with the source's own bytes, and the layers are appended (ISO 32000-1 §7.5.6), so nothing the
 * document holds is touched. So it is where attachments alone are encrypted: no key is needed for that. Memory does not grow with the document; results are taken one at a time.
 * `rewrite`: a damaged or encrypted source is first written anew by pdf-lib (in a worker thread, whole in memory), then gets its layers
 * in the same way; an encrypted one is encrypted again with the password that opened it. What pdf-lib cannot read the rescuer may write anew.
 *
 * @throws OcrError `merge_failed` when even that cannot read the source, or a result is for a page there is not; the signal's reason
 *   once aborted. The output is then removed.
 */
export async function writeSearchablePdf(request: WriteSearchablePdfRequest): Promise<WrittenPdf> {
  const { source, output, signal } = request;
  const pages = new PendingPages(request.pages, request.stripInvisibleText ? ['recognised', 'blank'] : ['recognised']);
  try {
    signal?.throwIfAborted();
    if (!(await pages.peek())) return { bytes: await copyOf(source.path, output, signal), strategy: 'incremental', layers: 0 };
    const reader = await openSource(source.path, request.stripInvisibleText);
    if (reader) return { ...(await appendLayers(reader, source.path, pages, request)), strategy: 'incremental' };
    return { ...(await rewriteWithLayers(pages, request)), strategy: 'rewrite' };
  } catch (error) {
    await rm(output, { force: true });
    if (signal?.aborted || isAbort(error)) throw signal?.reason ?? error;
    throw OcrError.from(error, 'merge_failed');
  } finally {
    await pages.close();
  }
}

/**
 * Opens the source for random access; null when it must be written anew. To be sure, all that the layers need is read once.
 * @param withContent whether what the pages draw is needed, too
 */
async function openSource(path: string, withContent = false): Promise<PdfSource | null> {
  let source: PdfSource | null = null;
  try {
    source = await PdfSource.open(path);
    for await (const node of pagesOf(source)) {
      const resources = await source.dict(node.attributes.Resources);
      await source.resolve(resources?.get(PDFName.of('Font')));
      const streams = await contentStreams(source, node.dict);
      if (withContent) for (const stream of streams) await source.object(stream);
    }
    return source;
  } catch (error) {
    await source?.close();
    if (error instanceof UnreadablePdf) return null;
    throw error;
  }
}

async function rewriteWithLayers(pages: PendingPages, request: WriteSearchablePdfRequest): Promise<Omit<WrittenPdf, 'strategy'>> {
  const plain = `${request.output}.plain`;
  try {
    const { reader, encryption } = await writtenAnew(plain, request);
    const written = await appendLayers(reader, plain, pages, request);
    if (!encryption) return written;
    await rm(plain);
    return { ...written, bytes: await encryptPdf(request.output, encryption, request.signal) };
  } finally {
    await rm(plain, { force: true });
  }
}

/** The source as a file whose pages can be found: by pdf-lib, and where it fails by the rescuer, as much of it as that can. */
async function writtenAnew(plain: string, { source, rescuer, signal }: WriteSearchablePdfRequest) {
  try {
    const { encryption } = await rewritePdf(source, plain, signal);
    const reader = await openSource(plain);
    if (!reader) throw new OcrError('merge_failed', { detail: 'The document is too damaged to be written', retryable: false });
    return { reader, encryption };
  } catch (error) {
    const isUnreadable = error instanceof OcrError && error.code === 'merge_failed';
    if (signal?.aborted || !isUnreadable || !rescuer) throw error;
    for (const how of ['whole', 'pages'] as const) {
      const reader = (await isRescued(rescuer.writeAnew(source, plain, how, signal))) ? await openSource(plain) : null;
      if (reader) return { reader, encryption: null };
    }
    throw error;
  }
}

/** False when it cannot be done: then what failed first is told. @throws what may be better next time */
async function isRescued(writing: Promise<void>): Promise<boolean> {
  try {
    await writing;
    return true;
  } catch (error) {
    if (error instanceof OcrError && !error.retryable) return false;
    throw error;
  }
}

async function appendLayers(
  reader: PdfSource,
  path: string,
  pages: PendingPages,
  { output, signal, stripInvisibleText, rotatePages, deskew }: WriteSearchablePdfRequest,
): Promise<Omit<WrittenPdf, 'strategy'>> {
  let update: IncrementalUpdate | null = null;
  try {
    await copyOf(path, output, signal);
    update = await IncrementalUpdate.open(reader, output);
    const updater = new PageUpdater(reader, update, {
      stripInvisibleText: stripInvisibleText ?? false,
      rotatePages: rotatePages ?? false,
      deskew: deskew ?? false,
    });
    await pairUp(pagesOf(reader), pages, async (node, result) => {
      signal?.throwIfAborted();
      await updater.addLayer(node, result);
    });
    if (updater.layers === 0) return { bytes: await update.takeBack(), layers: 0 };
    await updater.finish();
    return { bytes: await update.finish(), layers: updater.layers };
  } catch (error) {
    await update?.abandon();
    throw error;
  } finally {
    await reader.close();
  }
}

/** Walks the page tree once, alongside the results. */
async function pairUp(
  nodes: AsyncGenerator<PageNode>,
  pages: PendingPages,
  use: (node: PageNode, result: PageResult) => Promise<void>,
): Promise<void> {
  for await (const node of nodes) {
    const result = await pages.peek();
    if (!result) return;
    if (result.page < node.page)
      throw new OcrError('merge_failed', { detail: 'Page results are not in order', page: result.page });
    if (result.page > node.page) continue;
    pages.take();
    await use(node, result);
  }
  const left = await pages.peek();
  if (left) throw new OcrError('merge_failed', { detail: 'The document has no such page', page: left.page, retryable: false });
}

const OWNER_WRITES = 0o600;

/** Copies by the system's own means, which share the bytes where the file system can. Gives the size in bytes. */
async function copyOf(from: string, to: string, signal?: AbortSignal): Promise<number> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  signal?.throwIfAborted();
  const { mode, size } = await stat(to);
  // The copy of a file that is only read is one that is written to.
  if ((mode & OWNER_WRITES) !== OWNER_WRITES) await chmod(to, mode | OWNER_WRITES);
  return size;
}

/** The results that change their pages, one in hand at a time. */
class PendingPages {
  private readonly iterator: AsyncIterator<PageResult>;
  private current: PageResult | null = null;

  constructor(
    pages: AsyncIterable<PageResult>,
    private readonly sources: readonly PageSource[],
  ) {
    this.iterator = pages[Symbol.asyncIterator]();
  }

  /** The next such result, or null after the last one. It stays until it is taken. */
  async peek(): Promise<PageResult | null> {
    while (!this.current) {
      const { done, value } = await this.iterator.next();
      if (done) return null;
      if (this.sources.includes(value.source)) this.current = value;
    }
    return this.current;
  }

  take(): void {
    this.current = null;
  }

  async close(): Promise<void> {
    await this.iterator.return?.();
  }
}
