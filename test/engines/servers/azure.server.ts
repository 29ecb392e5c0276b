import { randomUUID } from 'node:crypto';
import type { LoopbackService, Protocol, ReadPage, Refusal, Reply, Seen } from './loopback-service.js';

const REFUSALS: Record<Refusal, [number, string]> = {
  throttled: [429, 'TooManyRequests'],
  down: [503, 'ServiceUnavailable'],
  broken: [500, 'InternalServerError'],
  key: [401, 'PermissionDenied'],
  page: [400, 'InvalidContent'],
};
const ANALYSE = '/documentintelligence/documentModels/prebuilt-read:analyze';
const RESULTS = '/documentintelligence/documentModels/prebuilt-read/analyzeResults/';

/** Document Intelligence's REST interface 2024-11-30: an analysis is begun, found running once, then done. */
export class AzureProtocol implements Protocol {
  private readonly analyses = new Map<string, { page: ReadPage; looks: number }>();
  /** What the service says of every analysis from now on, when it does not do it. */
  outcome: object | undefined;

  async answer(seen: Seen, service: LoopbackService): Promise<Reply> {
    if (seen.query.get('api-version') !== '2024-11-30') return { status: 404, body: {} };
    if (seen.headers['ocp-apim-subscription-key'] !== 'azure-key') return this.refuse('key');
    if (seen.method === 'POST' && seen.path === ANALYSE) return this.begin(seen, service);
    const analysis = this.analyses.get(seen.path.replace(RESULTS, ''));
    if (seen.method !== 'GET' || analysis === undefined) return { status: 404, body: {} };
    analysis.looks += 1;
    if (analysis.looks === 1) return { headers: { 'retry-after': '0' }, body: { status: 'running' } };
    return { body: this.outcome ?? { status: 'succeeded', analyzeResult: toResult(analysis.page) } };
  }

  refuse(why: Refusal, retryAfter?: string): Reply {
    const [status, code] = REFUSALS[why];
    const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
    return {
      status,
      headers,
      body: { error: { code, message: 'It is not so.', innererror: { code, message: `It is ${why}.` } } },
    };
  }

  private async begin({ headers, body }: Seen, service: LoopbackService): Promise<Reply> {
    if (headers['content-type'] !== 'application/octet-stream') return this.refuse('page');
    const id = randomUUID();
    this.analyses.set(id, { page: await service.read(body), looks: 0 });
    const place = `${service.url}${RESULTS}${id}?api-version=2024-11-30`;
    return { status: 202, headers: { 'operation-location': place, 'retry-after': '0' }, body: '' };
  }
}

function toResult({ width, height, paragraphs }: ReadPage): object {
  let content = '';
  const words: object[] = [];
  const lines: object[] = [];
  const found: object[] = [];
  const span = (offset: number) => ({ offset, length: content.trimEnd().length - offset });
  for (const paragraph of paragraphs) {
    const paragraphStart = content.length;
    for (const line of paragraph) {
      const lineStart = content.length;
      for (const { text, box, confidence } of line) {
        const [x0, y0, x1, y1] = box;
        const polygon = [x0, y0, x1, y0, x1, y1, x0, y1];
        words.push({
          content: text,
          polygon,
          confidence: confidence / 100,
          span: { offset: content.length, length: text.length },
        });
        content += `${text} `;
      }
      lines.push({ content: content.slice(lineStart).trimEnd(), spans: [span(lineStart)] });
    }
    found.push({ content: content.slice(paragraphStart).trimEnd(), spans: [span(paragraphStart)] });
  }
  const page = {
    pageNumber: 1,
    angle: 0,
    width,
    height,
    unit: 'pixel',
    words,
    lines,
    spans: [{ offset: 0, length: content.length }],
  };
  return {
    apiVersion: '2024-11-30',
    modelId: 'prebuilt-read',
    stringIndexType: 'textElements',
    content,
    pages: [page],
    paragraphs: found,
    contentFormat: 'text',
  };
}
