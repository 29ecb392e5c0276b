import { randomUUID } from 'node:crypto';
import type { Protocol, ReadPage, Refusal } from './loopback-service.js';

/** Textract says nearly everything with 400 and a type. */
const REFUSALS: Record<Refusal, [number, string]> = {
  throttled: [400, 'ProvisionedThroughputExceededException'],
  down: [503, 'ServiceUnavailable'],
  broken: [500, 'InternalServerError'],
  key: [400, 'UnrecognizedClientException'],
  page: [400, 'UnsupportedDocumentException'],
};

/** Textract's JSON 1.1 protocol: everything is `POST /`, told apart by `X-Amz-Target`. */
export const textractProtocol: Protocol = {
  async answer({ method, path, headers, body }, service) {
    const target = headers['x-amz-target'];
    if (method !== 'POST' || path !== '/' || target !== 'Textract.DetectDocumentText') {
      return refusal(400, 'UnknownOperationException');
    }
    if (!/^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/[^/]+\/textract\/aws4_request/.test(headers.authorization ?? '')) {
      return refusal(400, 'MissingAuthenticationToken');
    }
    const { Document } = JSON.parse(body.toString()) as { Document: { Bytes: string } };
    return { headers: typed, body: toBlocks(await service.read(Buffer.from(Document.Bytes, 'base64'))) };
  },

  refuse(why, retryAfter) {
    const [status, type] = REFUSALS[why];
    const { headers, body } = refusal(status, type);
    return { status, headers: { ...headers, ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }) }, body };
  },
};

const typed = { 'content-type': 'application/x-amz-json-1.1' };

function refusal(status: number, type: string) {
  return { status, headers: typed, body: { __type: type, Message: `It is ${type}.` } };
}

/** A PAGE block, then LINE and WORD blocks with their places as parts of the page. */
function toBlocks({ width, height, paragraphs }: ReadPage): object {
  const geometry = (x0: number, y0: number, x1: number, y1: number) => ({
    BoundingBox: { Left: x0 / width, Top: y0 / height, Width: (x1 - x0) / width, Height: (y1 - y0) / height },
    Polygon: [
      { X: x0 / width, Y: y0 / height },
      { X: x1 / width, Y: y0 / height },
      { X: x1 / width, Y: y1 / height },
      { X: x0 / width, Y: y1 / height },
    ],
  });
  const lines: object[] = [];
  const words: object[] = [];
  for (const line of paragraphs.flat()) {
    const ids = line.map(({ text, box, confidence }) => {
      const Id = randomUUID();
      words.push({ BlockType: 'WORD', Id, Text: text, TextType: 'PRINTED', Confidence: confidence, Geometry: geometry(...box) });
      return Id;
    });
    lines.push({
      BlockType: 'LINE',
      Id: randomUUID(),
      Text: line.map((word) => word.text).join(' '),
      Relationships: [{ Type: 'CHILD', Ids: ids }],
    });
  }
  const page = { BlockType: 'PAGE', Id: randomUUID(), Geometry: geometry(0, 0, width, height) };
  return { DocumentMetadata: { Pages: 1 }, DetectDocumentTextModelVersion: '1.0', Blocks: [page, ...lines, ...words] };
}
