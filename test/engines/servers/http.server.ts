import type { Protocol, ReadPage, Refusal, ReadWord } from './loopback-service.js';

const STATUS: Record<Refusal, number> = { throttled: 429, down: 503, broken: 500, key: 401, page: 422 };

/** A service of one's own, by the contract of docs/engines.md. `form` chooses among the answers it allows. */
export function httpProtocol(form: 'words' | 'lines' | 'text lines' | 'paragraphs' = 'paragraphs'): Protocol {
  return {
    async answer({ method, headers, body }, service) {
      if (method !== 'POST' || headers['content-type'] !== 'image/png') return this.refuse('page');
      if (headers.authorization !== 'Bearer http-token') return this.refuse('key');
      return { body: toAnswer(await service.read(body), form) };
    },

    refuse(why, retryAfter) {
      const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
      return { status: STATUS[why], headers, body: { error: `It is ${why}.` } };
    },
  };
}

function toAnswer({ paragraphs }: ReadPage, form: string): object {
  switch (form) {
    case 'words':
      return { words: paragraphs.flat(2) };
    case 'lines':
      return { lines: paragraphs.flat().map((words) => ({ words })) };
    case 'text lines':
      return { lines: paragraphs.flat().map(toTextLine) };
    default:
      return { paragraphs: paragraphs.map((lines) => ({ lines: lines.map((words) => ({ words })) })) };
  }
}

function toTextLine(words: readonly ReadWord[]): object {
  const box = [
    Math.min(...words.map((word) => word.box[0])),
    Math.min(...words.map((word) => word.box[1])),
    Math.max(...words.map((word) => word.box[2])),
    Math.max(...words.map((word) => word.box[3])),
  ];
  return { text: words.map((word) => word.text).join(' '), box };
}
