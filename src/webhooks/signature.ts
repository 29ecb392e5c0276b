import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/**
 * The headers by which a receiver knows a webhook, and that it comes from us, as Standard Webhooks has them: the signature is an
 * HMAC-SHA256 of `id.timestamp.body`, one for each secret. Without a secret there is none.
 * @param secrets `whsec_` and base64
 * @param now when it is sent
 */
export function webhookHeaders(id: string, body: string, secrets: readonly string[], now: Date): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (secrets.length === 0) return headers;
  const signed = `${id}.${timestamp}.${body}`;
  return { ...headers, 'webhook-signature': secrets.map((secret) => `v1,${sign(signed, secret)}`).join(' ') };
}

function sign(text: string, secret: string): string {
  return createHmac('sha256', Buffer.from(secret.slice(PREFIX.length), 'base64'))
    .update(text)
    .digest('base64');
}
