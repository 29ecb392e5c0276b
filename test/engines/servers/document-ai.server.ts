import type { Protocol, ReadPage, Refusal } from './loopback-service.js';

const STATUS: Record<Refusal, [number, string]> = {
  throttled: [429, 'RESOURCE_EXHAUSTED'],
  down: [503, 'UNAVAILABLE'],
  broken: [500, 'INTERNAL'],
  key: [401, 'UNAUTHENTICATED'],
  page: [400, 'INVALID_ARGUMENT'],
};

/** Document AI's REST interface: `POST /v1/{processor}:process`. Quotas name their time in `RetryInfo`. */
export const documentAiProtocol: Protocol = {
  async answer({ method, path, headers, body }, service) {
    if (method !== 'POST' || !/^\/v1\/projects\/[^/]+\/locations\/[^/]+\/processors\/[^/]+:process$/.test(path)) {
      return { status: 404, body: { error: { code: 404, message: 'not found', status: 'NOT_FOUND' } } };
    }
    if (!headers.authorization?.startsWith('Bearer ')) return this.refuse('key');
    const { rawDocument } = JSON.parse(body.toString()) as { rawDocument: { content: string; mimeType: string } };
    if (rawDocument.mimeType !== 'image/png') return this.refuse('page');
    return { body: { document: toDocument(await service.read(Buffer.from(rawDocument.content, 'base64'))) } };
  },

  refuse(why, retryAfter) {
    const [code, status] = STATUS[why];
    const details =
      retryAfter === undefined ? [] : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfter}s` }];
    return { status: code, body: { error: { code, message: `It is ${why}.`, status, details } } };
  },
};

/** Text with offsets, and blocks, paragraphs, lines and tokens that point into it. Zeros are left out, as Google does. */
function toDocument({ width, height, paragraphs }: ReadPage): object {
  // A character outside the basic plane, so that offsets in characters and in UTF-16 units differ.
  let text = '𝄞\n';
  const page = { blocks: [] as object[], paragraphs: [] as object[], lines: [] as object[], tokens: [] as object[] };
  const here = () => [...text].length;
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
        text += `${word.text}${i === line.length - 1 ? '\n' : ' '}`;
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
  return { mimeType: 'image/png', text, pages: [{ pageNumber: 1, dimension: { width, height, unit: 'pixels' }, ...page }] };
}
