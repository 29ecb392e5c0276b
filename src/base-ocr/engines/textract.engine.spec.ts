import { describe, expect, it } from 'vitest';
import { plain, textured } from '../../../test/engines/images.js';
import { describeRemoteEngine } from '../../../test/engines/remote-engine-conformance.js';
import { LoopbackService } from '../../../test/engines/servers/loopback-service.js';
import { textractProtocol } from '../../../test/engines/servers/textract.server.js';
import { RemoteEngine } from './remote/remote-engine.js';
import { TextractService } from './textract.engine.js';

const settingsFor = (url: string) => ({
  textract_region: 'eu-central-1',
  textract_endpoint: url,
  textract_access_key_id: 'AKIDEXAMPLE',
  textract_secret_access_key: 'aws-secret',
});

describeRemoteEngine('textract', {
  protocol: textractProtocol,
  connect: (url) => new TextractService(settingsFor(url)),
  unconfigured: new TextractService({}),
  needs: ['textract_region'],
  garbage: [
    {},
    {
      Blocks: [
        { BlockType: 'PAGE', Id: '0' },
        { BlockType: 'LINE', Id: '1', Relationships: [{ Type: 'CHILD', Ids: ['2'] }] },
        { BlockType: 'WORD', Id: '2', Text: 'nowhere' },
      ],
    },
  ],
  secrets: ['aws-secret', 'AKIDEXAMPLE'],
});

describe('what Textract is sent', () => {
  it('keeps to its limits: 10,000 pixels a side, 10 MB', async () => {
    const service = await new LoopbackService({
      ...textractProtocol,
      answer: async () => ({ body: { Blocks: [{ BlockType: 'PAGE', Id: '0' }] } }),
    }).start();
    const engine = new RemoteEngine(new TextractService(settingsFor(service.url)), { slots: 1, timeout: 20 });
    const signal = new AbortController().signal;
    await engine.recognise({ image: plain(20_002, 40), language: 'eng', signal });
    await engine.recognise({ image: textured(5000, 4000), language: 'eng', signal });
    const sent = service.requests.map(({ body }) =>
      Buffer.from((JSON.parse(body.toString()) as { Document: { Bytes: string } }).Document.Bytes, 'base64'),
    );
    expect(sent.map((png) => [png.readUInt32BE(16), png.readUInt32BE(20)])).toEqual([
      [5000, 10],
      [2500, 2000],
    ]);
    for (const png of sent) expect(png.length).toBeLessThanOrEqual(10 * 1024 ** 2);
    await engine.close();
    await service.stop();
  });
});
