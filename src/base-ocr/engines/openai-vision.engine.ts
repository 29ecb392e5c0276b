import { z } from 'zod';
import type { Settings } from '../../config/settings.js';
import type { EngineFactory } from './engine-factory.js';
import type { EngineProblem, RecogniseRequest } from './ocr-engine.js';
import { placeText } from './openai-vision/place-text.js';
import { readableText } from './openai-vision/readable-text.js';
import type { FoundBlock } from './remote/found.js';
import { postForJson } from './remote/http-call.js';
import { languageNames } from './remote/languages.js';
import { encodePage, pngOf } from './remote/page-image.js';
import { badAnswer } from './remote/remote-errors.js';
import { RemoteEngine, unset, type RemoteService } from './remote/remote-engine.js';

/** Version of how we ask and place, shown before the model's name. */
const VERSION = '1';
/** Vision models look at a few megapixels at most; larger pages only cost time on the way. */
const LIMITS = { maxSide: 4096, maxBytes: 20 * 1024 ** 2 };
/** Tokens an answer may have: the fullest page of print has about half of them. */
const MOST_TOKENS = 8192;

/** What is asked when `openai_vision_prompt` is not set. */
const PROMPT =
  'Transcribe all text on this page exactly as printed, in reading order: one line of output for each printed line, an empty ' +
  'line between paragraphs. Output only the text itself, as plain text: no comments, no Markdown, no translation, nothing ' +
  'that is not on the page. If there is no text, output nothing. Languages: {languages}.';

/** https://platform.openai.com/docs/api-reference/chat/object, as far as it is used here. */
const answerSchema = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
      }),
    )
    .min(1),
});

type OpenAiSettings = Pick<Settings, 'openai_vision_url' | 'openai_vision_model' | 'openai_vision_key' | 'openai_vision_prompt'>;

/**
 * Any OpenAI-compatible chat endpoint with a model that sees: the page as an image, its text back. The text comes without
 * places; they are found on the image itself.
 */
export class OpenAiVisionService implements RemoteService {
  readonly name = 'openai_vision';
  readonly version: string;

  constructor(private readonly settings: OpenAiSettings) {
    const { openai_vision_model: model } = settings;
    this.version = model === undefined ? VERSION : `${VERSION} (${model})`;
  }

  get identity() {
    const { openai_vision_url: url, openai_vision_model: model, openai_vision_prompt: prompt } = this.settings;
    return [url, model, prompt ?? PROMPT];
  }

  problem(): EngineProblem | undefined {
    return unset(this.settings, 'openai_vision_url', 'openai_vision_model');
  }

  async read({ image, language, signal }: RecogniseRequest): Promise<readonly FoundBlock[]> {
    const { openai_vision_url: base = '', openai_vision_key: key } = this.settings;
    const png = pngOf(await encodePage(image, LIMITS));
    const json = await postForJson({
      name: this.name,
      url: `${base.replace(/\/+$/, '')}/chat/completions`,
      headers: {
        'content-type': 'application/json',
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify(this.question(png, language)),
      signal,
      messageOf: (body) => (body as { error?: { message?: unknown } } | null)?.error?.message,
    });
    return placeText(this.textOf(json), image);
  }

  async close(): Promise<void> {}

  private question(png: Buffer, language: string): object {
    const { openai_vision_model: model, openai_vision_prompt: prompt = PROMPT } = this.settings;
    const text = prompt.replaceAll('{languages}', languageNames(language) || 'any');
    const url = `data:image/png;base64,${png.toString('base64')}`;
    return {
      model,
      temperature: 0,
      max_tokens: MOST_TOKENS,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text },
            { type: 'image_url', image_url: { url } },
          ],
        },
      ],
    };
  }

  /** @throws OcrError `engine_failed` when the model refused, was cut off, or went round in circles. */
  private textOf(json: unknown): string {
    const answer = answerSchema.safeParse(json);
    const choice = answer.data?.choices[0];
    if (choice === undefined) throw badAnswer(this.name, 'it is no chat completion', answer.error);
    const { finish_reason: end, message } = choice;
    if (message.refusal || end === 'content_filter') throw badAnswer(this.name, 'the model refused to read the page');
    if (end === 'length') throw badAnswer(this.name, 'the text was cut off');
    if (typeof message.content !== 'string') throw badAnswer(this.name, 'no text in it');
    const text = readableText(message.content);
    if (text === undefined) throw badAnswer(this.name, 'the model repeats itself');
    return text;
  }
}

export const openaiVision: EngineFactory = {
  name: 'openai_vision',
  create: ({ settings }) =>
    new RemoteEngine(new OpenAiVisionService(settings), { slots: settings.remote_slots, timeout: settings.remote_timeout }),
};
