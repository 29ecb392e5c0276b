import type { Protocol, Refusal } from './loopback-service.js';

const REFUSALS: Record<Refusal, [number, string]> = {
  throttled: [429, 'rate_limit_exceeded'],
  down: [503, 'server_error'],
  broken: [500, 'server_error'],
  key: [401, 'invalid_api_key'],
  page: [400, 'invalid_image'],
};

interface Question {
  model: string;
  messages: { content: { type: string; text?: string; image_url?: { url: string } }[] }[];
}

/** The chat interface of OpenAI, as vLLM, Ollama, llama.cpp and others speak it, with a model that reads. */
export const openAiProtocol: Protocol = {
  async answer({ method, path, headers, body }, service) {
    if (method !== 'POST' || path !== '/v1/chat/completions') return { status: 404, body: {} };
    if (headers.authorization !== 'Bearer openai-key') return this.refuse('key');
    const { messages } = JSON.parse(body.toString()) as Question;
    const url = messages[0]?.content.find((part) => part.type === 'image_url')?.image_url?.url ?? '';
    const [head, image = ''] = url.split(',');
    if (head !== 'data:image/png;base64') return this.refuse('page');
    const { paragraphs } = await service.read(Buffer.from(image, 'base64'));
    const text = paragraphs.map((lines) => lines.map((line) => line.map((word) => word.text).join(' ')).join('\n')).join('\n\n');
    return { body: completion({ content: text }) };
  },

  refuse(why, retryAfter) {
    const [status, code] = REFUSALS[why];
    const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
    return { status, headers, body: { error: { message: `It is ${why}.`, type: 'error', code } } };
  },
};

/** An answer of the chat interface. */
export function completion(message: object, finish_reason = 'stop'): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'reader',
    choices: [{ index: 0, finish_reason, message: { role: 'assistant', ...message } }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  };
}
