import { z } from 'zod';
import type { Settings } from '../../config/settings.js';
import type { EngineFactory } from './engine-factory.js';
import type { EngineProblem, PixelBox, RecogniseRequest } from './ocr-engine.js';
import { UNTOLD_CONFIDENCE, type FoundBlock, type FoundWord } from './remote/found.js';
import { postForJson } from './remote/http-call.js';
import { languageTags } from './remote/languages.js';
import { encodePage, pngOf } from './remote/page-image.js';
import { badAnswer } from './remote/remote-errors.js';
import { RemoteEngine, unset, type RemoteService } from './remote/remote-engine.js';
import { wordsAlong } from './remote/words-along.js';

/** Version of the contract in docs/engines.md; sent with every request. */
const CONTRACT = '1';
/** A page is sent as it was drawn, whatever its size. */
const LIMITS = { maxSide: 32_767, maxBytes: 100 * 1024 ** 2 };

const box = z.tuple([z.number(), z.number(), z.number(), z.number()]);
const confidence = z.number().min(0).max(100).optional();
const word = z.object({ text: z.string(), box, confidence });
const line = z.union([z.object({ words: z.array(word) }), z.object({ text: z.string(), box, confidence })]);
/** The answer: words of one line after the other, or lines, or paragraphs of lines. */
const answerSchema = z.union([
  z.object({ paragraphs: z.array(z.object({ lines: z.array(line) })) }),
  z.object({ lines: z.array(line) }),
  z.object({ words: z.array(word) }),
]);
type Line = z.output<typeof line>;

/** Any service of one's own that keeps the contract in docs/engines.md: a page image in, words with boxes out, as JSON. */
export class HttpService implements RemoteService {
  readonly name = 'http';
  readonly version = CONTRACT;

  constructor(private readonly settings: Pick<Settings, 'http_ocr_url' | 'http_ocr_token'>) {}

  get identity() {
    return [this.settings.http_ocr_url];
  }

  problem(): EngineProblem | undefined {
    return unset(this.settings, 'http_ocr_url');
  }

  async read({ image, language, signal }: RecogniseRequest): Promise<readonly FoundBlock[]> {
    const { http_ocr_url: url = '', http_ocr_token: token } = this.settings;
    const png = pngOf(await encodePage(image, LIMITS));
    const json = await postForJson({
      name: this.name,
      url,
      headers: {
        'content-type': 'image/png',
        accept: 'application/json',
        'accept-language': languageTags(language).join(', ') || '*',
        'x-ocr-contract': CONTRACT,
        'x-ocr-language': language,
        ...(Number.isFinite(image.dpi) ? { 'x-ocr-dpi': String(Math.round(image.dpi)) } : {}),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: png,
      signal,
      messageOf: (body) => (body as { error?: unknown } | null)?.error,
    });
    const answer = answerSchema.safeParse(json);
    if (!answer.success) throw badAnswer(this.name, 'it does not keep the contract', answer.error);
    return [toParagraphs(answer.data)];
  }

  async close(): Promise<void> {}
}

function toParagraphs(answer: z.output<typeof answerSchema>): FoundBlock {
  if ('paragraphs' in answer) return answer.paragraphs.map(({ lines }) => lines.map(toLine));
  if ('lines' in answer) return [answer.lines.map(toLine)];
  return [intoLines(answer.words.map(toWord))];
}

function toLine(found: Line): FoundWord[] {
  if ('words' in found) return found.words.map(toWord);
  return wordsAlong(found.text, toBox(found.box), found.confidence ?? UNTOLD_CONFIDENCE);
}

function toWord(found: z.output<typeof word>): FoundWord {
  return { text: found.text, box: toBox(found.box), confidence: found.confidence ?? UNTOLD_CONFIDENCE };
}

function toBox([x0, y0, x1, y1]: z.output<typeof box>): PixelBox {
  return { x0, y0, x1, y1 };
}

/** Words in reading order as lines: a line goes on as long as the next word stands at the height of the last. */
function intoLines(words: readonly FoundWord[]): FoundWord[][] {
  const lines: FoundWord[][] = [];
  let last: FoundWord | undefined;
  for (const next of words) {
    if (last !== undefined && besides(last.box, next.box)) lines.at(-1)?.push(next);
    else lines.push([next]);
    last = next;
  }
  return lines;
}

/** Whether the middle of each box lies at the height of the other. */
function besides(a: PixelBox, b: PixelBox): boolean {
  const [middleA, middleB] = [(a.y0 + a.y1) / 2, (b.y0 + b.y1) / 2];
  return middleA > b.y0 && middleA < b.y1 && middleB > a.y0 && middleB < a.y1;
}

export const http: EngineFactory = {
  name: 'http',
  create: ({ settings }) =>
    new RemoteEngine(new HttpService(settings), { slots: settings.remote_slots, timeout: settings.remote_timeout }),
};
