import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { decode as decodePng, encode as encodePng } from 'fast-png';
import { PDFDict, PDFDocument, PDFName, type PDFNumber, type PDFRawStream } from 'pdf-lib';
import { turnImage } from '../../../src/document/preparation/turned-image.js';
import type { LoopbackService, Protocol, ReadPage, ReadWord, Refusal, Reply, Seen } from './loopback-service.js';

const STATUS: Record<Refusal, [number, string]> = {
  throttled: [429, 'RESOURCE_EXHAUSTED'],
  down: [503, 'UNAVAILABLE'],
  broken: [500, 'INTERNAL'],
  key: [401, 'UNAUTHENTICATED'],
  page: [400, 'INVALID_ARGUMENT'],
};

/** Pages of a shard, whatever was asked for: so that answers come in several files with few pages. */
const MOST_PAGES_A_SHARD = 4;

/**
 * Document AI's REST interface: `POST /v1/{processor}:process`, batches as long-running operations, and the storage they go
 * through. Quotas name their time in `RetryInfo`.
 */
export class DocumentAiProtocol implements Protocol {
  /** Files in the buckets, by `bucket/name`. */
  readonly files = new Map<string, Buffer>();
  /** What is wrong with the batches from now on. */
  batchFails: { code: number; message: string } | undefined;
  /** Batches neither end nor fail from now on. */
  batchesHang = false;
  /** By how many degrees, clockwise, it turns every page before it reads it. Boxes are told as on the page turned. */
  turnsBy = 0;
  /** Pixels it draws a page of a PDF with, for each pixel of the image that is in it. */
  drawsAt = 1;
  readonly cancelled: string[] = [];
  /** Batches that were cancelled and have not ended yet. */
  ending = 0;
  private readonly operations = new Map<string, { asked: number; cancelled: boolean; output: string; ends: Promise<object> }>();

  async answer(seen: Seen, service: LoopbackService): Promise<Reply> {
    const { method, path, headers, body } = seen;
    if (!headers.authorization?.startsWith('Bearer ')) return this.refuse('key');
    if (/^\/(upload\/)?storage\/v1\/b\//.test(path)) return this.store(seen);
    const operation = /^\/v1\/(projects\/[^/]+\/locations\/[^/]+\/operations\/[^/:]+)(:cancel)?$/.exec(path);
    if (operation !== null) return this.operation(operation[1]!, operation[2] !== undefined);
    const asked = /^\/v1\/(projects\/[^/]+\/locations\/[^/]+)\/processors\/[^/]+:(process|batchProcess)$/.exec(path);
    if (method !== 'POST' || asked === null) {
      return { status: 404, body: { error: { code: 404, message: 'not found', status: 'NOT_FOUND' } } };
    }
    const request = JSON.parse(body.toString()) as ProcessRequest & BatchRequest;
    if (asked[2] === 'batchProcess') return { body: this.startBatch(`${asked[1]}/operations/${randomUUID()}`, request, service) };
    const { content, mimeType } = request.rawDocument;
    const bytes = Buffer.from(content, 'base64');
    if (mimeType === 'application/pdf') {
      const pages = await imagesOf(bytes);
      if (pages.length > 15) return this.refuse('page');
      return { body: { document: toDocument(await this.readDrawn(pages, service)) } };
    }
    if (mimeType !== 'image/png') return this.refuse('page');
    return { body: { document: toDocument([await this.read(bytes, service)]) } };
  }

  private readDrawn(pages: readonly Buffer[], service: LoopbackService): Promise<SetStraight[]> {
    return Promise.all(pages.map((png) => this.read(png, service, this.drawsAt)));
  }

  /** Reads a page after it has been turned. */
  private async read(png: Uint8Array, service: LoopbackService, scale = 1): Promise<SetStraight> {
    const { turnsBy } = this;
    if (turnsBy === 0) return { ...scaled(await service.read(png), scale), transforms: [] };
    const { width, height, data } = decodePng(png);
    const [sin, cos] = [Math.sin, Math.cos].map((of) => Math.abs(of((turnsBy * Math.PI) / 180))) as [number, number];
    const size = { width: Math.round(width * cos + height * sin), height: Math.round(height * cos + width * sin) };
    const transforms = [toMatrix(turnAboutMiddle(turnsBy, scaled({ width, height }, scale), scaled(size, scale)))];
    if (turnsBy % 90 !== 0) {
      const matrix = turnAboutMiddle(turnsBy, { width, height }, size);
      const { paragraphs } = await service.read(png);
      const straight = paragraphs.map((lines) => lines.map((line) => line.map((word) => moved(word, matrix))));
      return { ...scaled({ ...size, paragraphs: straight }, scale), transforms };
    }
    const image = { width, height, data: Uint8Array.from(data), dpi: 72 };
    const turned = turnImage(image, turnsBy as 90 | 180 | 270);
    return { ...scaled(await service.read(encodePng({ ...turned, channels: 1, depth: 8 })), scale), transforms };
  }

  refuse(why: Refusal, retryAfter?: string): Reply {
    const [code, status] = STATUS[why];
    const details =
      retryAfter === undefined ? [] : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfter}s` }];
    return { status: code, body: { error: { code, message: `It is ${why}.`, status, details } } };
  }

  private store({ method, path, query, body }: Seen): Reply {
    const [, upload, bucket, name] = /^(\/upload)?\/storage\/v1\/b\/([^/]+)\/o(?:\/(.+))?$/.exec(path) ?? [];
    if (method === 'POST' && upload !== undefined) {
      this.files.set(`${bucket}/${query.get('name')}`, body);
      return { body: { name: query.get('name') } };
    }
    if (name === undefined) {
      const prefix = `${bucket}/${query.get('prefix') ?? ''}`;
      const found = [...this.files.keys()]
        .filter((file) => file.startsWith(prefix))
        .map((file) => file.slice(bucket!.length + 1));
      // Two names a page: lists come in pages.
      const from = Number(query.get('pageToken') ?? 0);
      const nextPageToken = from + 2 < found.length ? String(from + 2) : undefined;
      return { body: { items: found.slice(from, from + 2).map((file) => ({ name: file })), nextPageToken } };
    }
    const file = `${bucket}/${decodeURIComponent(name)}`;
    const content = this.files.get(file);
    if (content === undefined) return { status: 404, body: { error: { code: 404, message: 'No such object' } } };
    if (method === 'DELETE') {
      this.files.delete(file);
      return { status: 204, body: '' };
    }
    return { body: content.toString() };
  }

  private startBatch(name: string, request: BatchRequest, service: LoopbackService): object {
    const output = request.documentOutputConfig.gcsOutputConfig.gcsUri.replace('gs://', '');
    this.operations.set(name, { asked: 0, cancelled: false, output, ends: this.runBatch(request, service) });
    return { name, done: false };
  }

  private async runBatch({ inputDocuments, documentOutputConfig }: BatchRequest, service: LoopbackService): Promise<object> {
    const [input] = inputDocuments.gcsDocuments.documents;
    const { gcsUri, shardingConfig } = documentOutputConfig.gcsOutputConfig;
    const inFolder = (uri: string) => uri.replace('gs://', '');
    if (this.batchFails === undefined) {
      const pages = await imagesOf(this.files.get(inFolder(input!.gcsUri))!);
      const size = Math.min(MOST_PAGES_A_SHARD, Number(shardingConfig.pagesPerShard));
      const count = Math.ceil(pages.length / size);
      for (let shard = 0; shard < count; shard++) {
        const read = await this.readDrawn(pages.slice(shard * size, (shard + 1) * size), service);
        const document = { ...toDocument(read), shardInfo: { shardIndex: String(shard), shardCount: String(count) } };
        // Names sort otherwise than the shards follow each other from the tenth on.
        this.files.set(inFolder(`${gcsUri}1/0/pages-${shard}.json`), Buffer.from(JSON.stringify(document)));
      }
    }
    const status = this.batchFails ?? {};
    return { individualProcessStatuses: [{ inputGcsSource: input!.gcsUri, status, outputGcsDestination: `${gcsUri}1/0` }] };
  }

  private async operation(name: string, cancel: boolean): Promise<Reply> {
    const operation = this.operations.get(name);
    if (operation === undefined) return { status: 404, body: { error: { code: 404, message: 'no such operation' } } };
    if (cancel) {
      this.cancelled.push(name);
      // It ends when it comes to it; what was nearly done then is written all the same.
      this.ending += 1;
      setTimeout(() => {
        this.files.set(`${operation.output}1/0/last.json`, Buffer.from('{}'));
        operation.cancelled = true;
        this.ending -= 1;
      }, 100);
      return { body: {} };
    }
    if (operation.cancelled) return { body: { name, done: true, error: { code: 1, message: 'It was cancelled.' } } };
    operation.asked += 1;
    if (operation.asked === 1 || this.batchesHang) return { body: { name, done: false } };
    const type = 'type.googleapis.com/google.cloud.documentai.v1.';
    const metadata = { '@type': `${type}BatchProcessMetadata`, state: 'SUCCEEDED', ...(await operation.ends) };
    return { body: { name, done: true, metadata, response: { '@type': `${type}BatchProcessResponse` } } };
  }
}

interface ProcessRequest {
  rawDocument: { content: string; mimeType: string };
}
interface BatchRequest {
  inputDocuments: { gcsDocuments: { documents: { gcsUri: string; mimeType: string }[] } };
  documentOutputConfig: { gcsOutputConfig: { gcsUri: string; shardingConfig: { pagesPerShard: number } } };
}

export const documentAiProtocol = new DocumentAiProtocol();

/** The images of a PDF's pages as PNGs: PDF and PNG code their rows alike. */
async function imagesOf(pdf: Uint8Array): Promise<Buffer[]> {
  const document = await PDFDocument.load(pdf);
  return document.getPages().map((page) => {
    const image = page.node.Resources()!.lookup(PDFName.of('XObject'), PDFDict).lookup(PDFName.of('I')) as PDFRawStream;
    const number = (name: string) => (image.dict.lookup(PDFName.of(name)) as PDFNumber).asNumber();
    const header = Buffer.alloc(13);
    header.writeUInt32BE(number('Width'), 0);
    header.writeUInt32BE(number('Height'), 4);
    header.set([number('BitsPerComponent'), 0, 0, 0, 0], 8);
    const parts = [chunk('IHDR', header), chunk('IDAT', Buffer.from(image.contents)), chunk('IEND', Buffer.alloc(0))];
    return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...parts]);
  });
}

function chunk(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(body.length, 0);
  ends.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)]);
}

/** What stands on a page that was set straight, in pixels of it as it is then, and the matrices that were applied to it, in Document AI's form. */
type SetStraight = ReadPage & { transforms: object[] };

/** Turns clockwise about the middle of a page, which comes to be the middle of another: an affine matrix, row by row. */
function turnAboutMiddle(degrees: number, from: Pick<ReadPage, 'width' | 'height'>, to: typeof from): number[] {
  const angle = (degrees * Math.PI) / 180;
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const x = (to.width - cos * from.width + sin * from.height) / 2;
  const y = (to.height - sin * from.width - cos * from.height) / 2;
  return [cos, -sin, x, sin, cos, y];
}

/** An affine matrix as JSON carries those of OpenCV: of CV_64F. */
function toMatrix(numbers: readonly number[]): object {
  return { rows: 2, cols: 3, type: 6, data: Buffer.from(Float64Array.from(numbers).buffer).toString('base64') };
}

/** A word of a crooked page where it comes to lie, upright and as large as it was. */
function moved({ box: [x0, y0, x1, y1], ...word }: ReadWord, [a, b, c, d, e, f]: readonly number[]): ReadWord {
  const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
  const [dx, dy] = [a! * x + b! * y + c! - x, d! * x + e! * y + f! - y];
  return { ...word, box: [x0 + dx, y0 + dy, x1 + dx, y1 + dy] };
}

function scaled<Page extends Partial<ReadPage> & Pick<ReadPage, 'width' | 'height'>>(page: Page, by: number): Page {
  const word = ({ box, ...rest }: ReadWord) => ({ ...rest, box: box.map((at) => at * by) as ReadWord['box'] });
  const paragraphs = page.paragraphs?.map((lines) => lines.map((line) => line.map(word)));
  return { ...page, width: page.width * by, height: page.height * by, ...(paragraphs === undefined ? {} : { paragraphs }) };
}

/** Text with offsets, and blocks, paragraphs, lines and tokens that point into it. Zeros are left out, as Google does. */
function toDocument(read: readonly SetStraight[]): object {
  // A character outside the basic plane, so that offsets in characters and in UTF-16 units differ.
  const written = { text: '𝄞\n' };
  return { mimeType: 'application/pdf', pages: read.map((page, index) => toPage(page, index + 1, written)), text: written.text };
}

/** A page whose text is written down behind that of the pages before. */
function toPage({ width, height, paragraphs, transforms }: SetStraight, pageNumber: number, written: { text: string }): object {
  const page = { blocks: [] as object[], paragraphs: [] as object[], lines: [] as object[], tokens: [] as object[] };
  const here = () => [...written.text].length;
  const layout = (from: number, more: object = {}) => ({
    layout: {
      textAnchor: { textSegments: [{ ...(from === 0 ? {} : { startIndex: String(from) }), endIndex: String(here()) }] },
      ...more,
    },
  });
  const start = here();
  for (const lines of paragraphs) {
    const paragraphStart = here();
    for (const line of lines) {
      const lineStart = here();
      line.forEach((word, i) => {
        const from = here();
        written.text += `${word.text}${i === line.length - 1 ? '\n' : ' '}`;
        const [x0, y0, x1, y1] = word.box;
        const corners = [
          [x0, y0],
          [x1, y0],
          [x1, y1],
          [x0, y1],
        ] as const;
        page.tokens.push(
          layout(from, {
            confidence: word.confidence / 100,
            boundingPoly: { normalizedVertices: corners.map(([x, y]) => ({ x: x / width, y: y / height })) },
          }),
        );
      });
      page.lines.push(layout(lineStart));
    }
    page.paragraphs.push(layout(paragraphStart));
  }
  if (paragraphs.length > 0) page.blocks.push(layout(start));
  return { pageNumber, dimension: { width, height, unit: 'pixels' }, ...(transforms.length > 0 ? { transforms } : {}), ...page };
}
