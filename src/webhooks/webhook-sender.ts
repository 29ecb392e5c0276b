import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Database, type Statement } from '../database/database.js';
import { OcrError } from '../errors/ocr-error.js';
import { Logs } from '../logging/logs.js';
import { WebhookAddresses } from '../storage/webhook-addresses.js';
import { WorkObserver } from '../task-manager/work-observer.js';
import { postWebhook, type Posted, type PostOptions } from './post-webhook.js';
import { Receivers } from './receivers.js';
import { secondsUntilNext } from './retry-times.js';
import { webhookHeaders } from './signature.js';
import * as sql from './sql/deliveries.sql.js';
import { webhookBody } from './webhook-body.js';
import { hostOf, type ClaimedDelivery, type DeliveryState } from './webhook.types.js';

/** Receivers looked at in one statement. */
const RECEIVERS_A_LOOK = 200;
/** Seconds a lease lasts beyond the time a request may take. */
const SPARE = 30;

/**
 * Sends what waits for webhooks, at least once: an attempt is claimed before it is made, and one whose node is lost is made again by another when its
 * lease is over. Safe on every node at once.
 */
@Injectable()
export class WebhookSender {
  private readonly receivers = new Receivers();
  private readonly sending = new Set<Promise<void>>();
  /** One for each request: they come and go, and what listens to them with them. */
  private readonly requests = new Set<AbortController>();
  private stopped = false;
  /** Called when a request has ended: more may be sent. */
  onEnded: () => void = () => {};
  private lookedAt = '';

  constructor(
    private readonly database: Database,
    private readonly addresses: WebhookAddresses,
    private readonly observer: WorkObserver,
    private readonly logs: Logs,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Begins to send what is due, as far as there is room. Goes once around all receivers, on from where it ended the last time. */
  async runOnce(): Promise<void> {
    for (let ends = this.lookedAt === '' ? 1 : 2; ends > 0 && this.receivers.free > 0 && !this.stopped;) {
      const knowsConfigured = this.settings.webhook_url !== undefined;
      const { rows } = await this.database.query<{ receiver: string; due: boolean }>(sql.waitingReceivers, [
        this.lookedAt,
        RECEIVERS_A_LOOK,
        knowsConfigured,
      ]);
      await this.claim(rows.filter(({ due }) => due).map(({ receiver }) => receiver));
      this.lookedAt = rows.length < RECEIVERS_A_LOOK ? '' : rows.at(-1)!.receiver;
      if (this.lookedAt === '') ends--;
    }
  }

  /** Until every request under way has ended. */
  async idle(): Promise<void> {
    while (this.sending.size > 0) await Promise.all(this.sending);
  }

  /** Sends no more; what has not ended after `grace` seconds is given back. */
  async stop(grace: number): Promise<void> {
    this.stopped = true;
    const over = setTimeout(() => this.requests.forEach((request) => request.abort()), grace * 1000);
    await this.idle();
    clearTimeout(over);
  }

  private async claim(due: readonly string[]): Promise<void> {
    const rooms = this.receivers.roomFor(due);
    if (rooms.size === 0) return;
    const { rows } = await this.database.query<ClaimedDelivery>(sql.claimDeliveries, [
      [...rooms.keys()],
      [...rooms.values()],
      this.receivers.free,
      randomUUID(),
      this.settings.webhook_timeout + SPARE,
    ]);
    for (const delivery of rows) {
      const sent = this.send(delivery).finally(() => {
        this.sending.delete(sent);
        this.onEnded();
      });
      this.sending.add(sent);
    }
  }

  /** Never throws: what could not be written down is sent again when the lease is over. */
  private async send(delivery: ClaimedDelivery): Promise<void> {
    const end = this.receivers.begin(delivery.receiver);
    const request = new AbortController();
    this.requests.add(request);
    let posted: Posted | undefined;
    try {
      posted = await this.post(delivery, request.signal);
    } catch (error) {
      if (!request.signal.aborted) {
        this.warn(delivery, error, 'a webhook could not be sent');
        posted = { status: null, error: OcrError.from(error, 'internal_error') };
      }
    }
    this.requests.delete(request);
    const isWell = posted && (posted.error === undefined || posted.error.code === 'webhook_refused');
    end({ isWell, retryAfter: posted?.error?.retryAfter });
    try {
      if (posted === undefined) await this.database.query(sql.giveBackDelivery, [delivery.id, delivery.token]);
      else await this.record(delivery, posted);
    } catch (error) {
      this.warn(delivery, error, 'what became of a webhook could not be written down; it is sent again');
    }
  }

  private async post(delivery: ClaimedDelivery, signal: AbortSignal): Promise<Posted> {
    const { webhook_secret: secrets = [], webhook_timeout: timeout } = this.settings;
    const body = JSON.stringify(webhookBody(delivery));
    const headers = webhookHeaders(delivery.id, body, secrets, new Date());
    const options: PostOptions = { headers, timeout, signal };
    // What is configured is trusted, as the addresses of engines are.
    if (delivery.url === null) return postWebhook(new URL(this.settings.webhook_url!), body, options);
    try {
      // Judged again: the settings may have changed since it was submitted.
      const url = this.addresses.parse(delivery.url);
      return await postWebhook(url, body, { ...options, lookup: this.addresses.lookup });
    } catch (error) {
      if (error instanceof OcrError) return { status: null, error };
      throw error;
    }
  }

  private async record(delivery: ClaimedDelivery, { status, error }: Posted): Promise<void> {
    const { id, token, attempts } = delivery;
    const wait = error?.retryable === true ? secondsUntilNext(attempts, error.retryAfter) : null;
    const state =
      error === undefined
        ? await this.change(sql.delivered, [id, token, status])
        : await this.change(sql.notDelivered, [id, token, status, error.toStored(), wait, this.settings.webhook_retry_hours]);
    // Its task has gone, or the lease was over and another node has it.
    if (state === undefined) return;
    this.observer.webhooks.next({ outcome: state === 'waiting' ? 'retrying' : state });
    const facts = { ...factsOf(delivery), status, code: error?.code };
    if (state === 'delivered') this.logs.tasks.info(facts, 'webhook delivered');
    else if (state === 'waiting') this.logs.tasks.info(facts, `webhook not delivered, tried again: ${error?.message}`);
    else this.logs.tasks.warn(facts, `webhook given up: ${error?.message}`);
  }

  private async change(statement: Statement, values: readonly unknown[]): Promise<DeliveryState | undefined> {
    return (await this.database.query<{ state: DeliveryState }>(statement, values)).rows[0]?.state;
  }

  private warn(delivery: ClaimedDelivery, error: unknown, message: string): void {
    this.logs.tasks.warn({ ...factsOf(delivery), err: error }, message);
  }
}

function factsOf({ id, task_id, type, receiver, attempts }: ClaimedDelivery): Record<string, unknown> {
  return { task_id, webhook_id: id, type, receiver: hostOf(receiver), attempt: attempts };
}
