import { describe, expect, it } from 'vitest';
import { textOf } from '../../../test/engines/engine-conformance.js';
import { grayTiff } from '../../../test/engines/images.js';
import { describeRemoteEngine } from '../../../test/engines/remote-engine-conformance.js';
import { LoopbackService } from '../../../test/engines/servers/loopback-service.js';
import { completion, openAiProtocol } from '../../../test/engines/servers/openai.server.js';
import { OpenAiVisionService } from './openai-vision.engine.js';
import { RemoteEngine } from './remote/remote-engine.js';

const settingsFor = (url: string) => ({
  openai_vision_url: `${url}/v1`,
  openai_vision_model: 'reader',
  openai_vision_key: 'openai-key',
});

describeRemoteEngine('openai_vision', {
  protocol: openAiProtocol,
  connect: (url) => new OpenAiVisionService(settingsFor(url)),
  unconfigured: new OpenAiVisionService({}),
  needs: ['openai_vision_url', 'openai_vision_model'],
  garbage: [
    {},
    { choices: [] },
    { choices: [{ text: 'not a chat' }] },
    completion({}),
    completion({ content: null }),
    completion({ content: null, refusal: 'I cannot help with that.' }),
    completion({ content: 'This is a lot of' }, 'length'),
    completion({ content: '' }, 'content_filter'),
    completion({ content: 'the the '.repeat(500) }),
    completion({ content: 'Page 1\n'.repeat(500) }),
  ],
  secrets: ['openai-key'],
});

describe('what a vision model is asked and answers', () => {
  const read = async (protocol: typeof openAiProtocol, more: object = {}) => {
    const service = await new LoopbackService(protocol).start();
    const engine = new RemoteEngine(new OpenAiVisionService({ ...settingsFor(service.url), ...more }), { slots: 1, timeout: 10 });
    const image = grayTiff('phototest.tif', 72);
    const response = await engine.recognise({ image, language: 'fra+eng', signal: new AbortController().signal });
    await engine.close();
    await service.stop();
    return { response, asked: JSON.parse(service.requests[0]?.body.toString() ?? '') as Asked, engine };
  };
  interface Asked {
    model: string;
    messages: { content: [{ text: string }, object] }[];
  }

  it('names the model and the languages', async () => {
    const { asked, engine } = await read(openAiProtocol);
    expect(asked).toMatchObject({ model: 'reader', temperature: 0 });
    expect(asked.messages[0]?.content[0].text).toContain('Languages: French, English.');
    expect((await engine.status()).version).toBe('1 (reader)');
  });

  it('asks with the words of the operator', async () => {
    const { asked } = await read(openAiProtocol, { openai_vision_prompt: 'OCR: {languages}!' });
    expect(asked.messages[0]?.content[0].text).toBe('OCR: French, English!');
  });

  it('takes the text out of a code fence', async () => {
    const { response } = await read({
      ...openAiProtocol,
      answer: async () => ({ body: completion({ content: '```text\nThis is a lot\nof text\n```' }) }),
    });
    expect(textOf(response)).toEqual(['This', 'is', 'a', 'lot', 'of', 'text']);
  });
});
