import { describe, expect, it } from 'vitest';
import { textOf } from '../../../test/engines/engine-conformance.js';
import { grayTiff } from '../../../test/engines/images.js';
import { describeRemoteEngine } from '../../../test/engines/remote-engine-conformance.js';
import { httpProtocol } from '../../../test/engines/servers/http.server.js';
import { LoopbackService } from '../../../test/engines/servers/loopback-service.js';
import { HttpService } from './http.engine.js';
import { RemoteEngine } from './remote/remote-engine.js';

const connect = (url: string) => new HttpService({ http_ocr_url: `${url}/read`, http_ocr_token: 'http-token' });

describeRemoteEngine('http', {
  protocol: httpProtocol(),
  connect,
  unconfigured: new HttpService({}),
  needs: ['http_ocr_url'],
  garbage: [
    null,
    [],
    {},
    { words: 'many' },
    { words: [{ text: 'nowhere' }] },
    { words: [{ text: 'half a place', box: [1, 2] }] },
    { words: [{ text: 'sure', box: [1, 2, 3, 4], confidence: 101 }] },
    { lines: [{ text: 'a line', box: [1, 2, 3, null] }] },
  ],
  secrets: ['http-token'],
});

describe('the contract of `http`', () => {
  const image = { ...grayTiff('phototest.tif', 72), dpi: 150.4 };
  const readFrom = async (service: LoopbackService, language = 'eng') => {
    const engine = new RemoteEngine(connect(service.url), { slots: 1, timeout: 10 });
    const response = await engine.recognise({ image, language, signal: new AbortController().signal });
    await engine.close();
    return response;
  };

  it('says what page it is', async () => {
    const service = await new LoopbackService(httpProtocol()).start();
    await readFrom(service, 'fra+eng');
    expect(service.requests[0]).toMatchObject({ method: 'POST', path: '/read' });
    expect(service.requests[0]?.headers).toMatchObject({
      'content-type': 'image/png',
      'accept-language': 'fr, en',
      'x-ocr-contract': '1',
      'x-ocr-language': 'fra+eng',
      'x-ocr-dpi': '150',
      authorization: 'Bearer http-token',
    });
    await service.stop();
  });

  it('takes words, lines of words, lines of text and paragraphs', async () => {
    const forms = ['words', 'lines', 'text lines', 'paragraphs'] as const;
    const answers = [];
    for (const form of forms) {
      const service = await new LoopbackService(httpProtocol(form)).start();
      answers.push(await readFrom(service));
      await service.stop();
    }
    const [words, lines, textLines, paragraphs] = answers;
    if (words === undefined || lines === undefined || textLines === undefined || paragraphs === undefined) throw new Error();
    for (const answer of answers) expect(textOf(answer)).toEqual(textOf(words));
    expect(words).toEqual(lines);
    const shape = (answer: typeof words) =>
      answer.blocks.map((block) => block.paragraphs.map((paragraph) => paragraph.lines.map((line) => line.words.length)));
    expect(shape(words)).toEqual([[[11, 10, 3, 7, 7, 8, 7, 7]]]);
    expect(shape(textLines)).toEqual(shape(lines));
    expect(shape(paragraphs)[0]?.flat()).toEqual(shape(lines)[0]?.flat());
    expect(paragraphs.blocks[0]?.paragraphs.length).toBeGreaterThan(1);
  });

  it('follows no redirect', async () => {
    const service = await new LoopbackService({
      ...httpProtocol(),
      answer: async () => ({ status: 307, headers: { location: '/elsewhere' }, body: '' }),
    }).start();
    await expect(readFrom(service)).rejects.toMatchObject({ code: 'engine_unavailable', retryable: true });
    expect(service.requests.map(({ path }) => path)).toEqual(['/read']);
    await service.stop();
  });
});
