import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { UrlGuard } from './url-guard.js';

/** Milliseconds a verdict is good for: a batch names one address a thousand times. Each connection is judged anew. */
const GOOD_FOR = 2000;

/** Where tasks may have webhooks sent to. */
@Injectable()
export class WebhookAddresses extends UrlGuard {
  private last: { text: string; until: number; verdict: Promise<URL> } | undefined;

  constructor(@Inject(SETTINGS) { webhook_allow_private }: Settings) {
    super({ allowPrivate: webhook_allow_private, refusal: 'webhook_not_allowed' });
  }

  override check(text: string): Promise<URL> {
    const now = performance.now();
    if (this.last?.text !== text || this.last.until < now)
      this.last = { text, until: now + GOOD_FOR, verdict: super.check(text) };
    return this.last.verdict;
  }
}
