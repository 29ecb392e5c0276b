import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { webhookHeaders } from './signature.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const BODY = '{"name":"Été 2026.pdf"}';

describe('webhookHeaders', () => {
  it('are those of the standard’s own example', () => {
    const at = new Date(1614265330_000);
    expect(webhookHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', '{"test": 2432232314}', [SECRET], at)).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('are verified by the standard’s own library, with either secret while one is replaced', () => {
    const next = `whsec_${Buffer.alloc(64, 7).toString('base64')}`;
    const headers = webhookHeaders('1', BODY, [next, SECRET], new Date());
    for (const secret of [SECRET, next]) expect(new Webhook(secret).verify(BODY, headers)).toEqual({ name: 'Été 2026.pdf' });
    const foreign = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    expect(() => new Webhook(foreign).verify(BODY, headers)).toThrow('signature');
  });

  it('say who it is without a secret, and no more', () => {
    expect(Object.keys(webhookHeaders('1', BODY, [], new Date()))).toEqual(['webhook-id', 'webhook-timestamp']);
  });
});
