import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { UrlGuard } from './url-guard.js';

/** Where tasks may have webhooks sent to. */
@Injectable()
export class WebhookAddresses extends UrlGuard {
  constructor(@Inject(SETTINGS) { webhook_allow_private }: Settings) {
    super({ allowPrivate: webhook_allow_private, refusal: 'webhook_not_allowed' });
  }
}
