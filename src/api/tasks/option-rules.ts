import { Inject, Injectable } from '@nestjs/common';
import { EngineRegistry } from '../../base-ocr/engine-registry.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import { OcrError } from '../../errors/ocr-error.js';
import { OutputWriter } from '../../storage/output-writer.js';
import { WebhookAddresses } from '../../storage/webhook-addresses.js';
import { LiveSettings } from '../../task-manager/live-settings.js';
import type { TaskOptions } from '../../task-manager/task.types.js';
import { invalidRequest } from '../../requests/invalid-request.js';
import type { ReadingOptions } from '../../task-manager/readings.js';
import type { ReadingRequest } from '../requests/reading-request.js';
import type { RequestedOptions, RetryOptions } from '../requests/submit-request.js';
import { StandIns } from './stand-ins.js';

/** Options that were found good, and the password, which is kept apart from them. */
export interface AcceptedOptions<Options> {
  options: Options;
  password?: string;
}

/** Holds what callers ask for against what this server can do, and fills in what they leave open. */
@Injectable()
export class OptionRules {
  constructor(
    private readonly engines: EngineRegistry,
    private readonly output: OutputWriter,
    private readonly webhooks: WebhookAddresses,
    private readonly live: LiveSettings,
    private readonly standIns: StandIns,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * The options of a new task, every default filled in.
   * @throws OcrError provider_not_available, language_not_available, output_not_allowed, delivery_failed
   *   (the output root is not there on this node), webhook_not_allowed; invalid_request for webhook events without an address
   */
  async forNewTask({ password, ...asked }: RequestedOptions): Promise<AcceptedOptions<TaskOptions>> {
    const { default_language, default_dpi, provider_fallback, text_chunk_size } = this.settings;
    const options: TaskOptions = {
      ...asked,
      ...(await this.provider(asked.ocr_provider)),
      language: asked.language ?? default_language,
      chunk_size: asked.chunk_size ?? this.live.value('chunk_size'),
      ...(asked.chunk_size === undefined ? { text_chunk_size: asked.text_chunk_size ?? text_chunk_size } : {}),
      mode: asked.mode ?? 'skip_text',
      formats: asked.formats ?? ['pdf', 'txt', 'json'],
      dpi: asked.dpi ?? default_dpi,
      provider_fallback: asked.provider_fallback ?? provider_fallback,
      ...(await this.webhook(asked, {})),
    };
    await this.check(options);
    await this.checkFallback(asked.provider_fallback, options.language);
    await this.standIns.tell(options);
    return { options, password };
  }

  /**
   * What a retry does differently. A language without a provider goes to the one the task has; where many tasks are retried at
   * once (`present` is not known), it is held against the default provider.
   * @throws as {@link forNewTask}
   */
  async forRetry({ password, ...asked }: RetryOptions, present?: TaskOptions): Promise<AcceptedOptions<Partial<TaskOptions>>> {
    const { default_provider, default_language } = this.settings;
    const provider = asked.ocr_provider === undefined ? {} : await this.provider(asked.ocr_provider);
    const options: Partial<TaskOptions> = { ...asked, ...provider };
    if (asked.ocr_provider !== undefined || asked.language !== undefined) {
      const ocr_provider = options.ocr_provider ?? present?.ocr_provider ?? default_provider;
      await this.check({ ...options, ocr_provider, language: asked.language ?? present?.language ?? default_language });
    } else if (asked.output_path !== undefined) {
      await this.output.checkOutputPath(asked.output_path);
    }
    await this.checkFallback(asked.provider_fallback, asked.language ?? present?.language ?? default_language);
    const accepted = { ...options, ...(await this.webhook(asked, present)) };
    await this.standIns.tell(accepted);
    return { options: accepted, password };
  }

  /**
   * How a page is read once more; what is left open is as in the task. Nothing stands in for a provider here.
   * @throws OcrError provider_not_available, language_not_available
   */
  async forReading(
    { provider, language, mode, dpi, preprocess, second_look }: ReadingRequest,
    present: TaskOptions,
  ): Promise<ReadingOptions> {
    const options: ReadingOptions = {
      provider: provider ?? present.ocr_provider,
      language: language ?? present.language,
      mode: mode ?? present.mode,
      dpi: dpi ?? present.dpi ?? 0,
      preprocess: preprocess ?? present.preprocess,
      second_look: second_look ?? present.second_look,
    };
    await this.engines.supports(options.provider, options.language).catch((error: unknown) => {
      return renameFields(error, (field) => (field === 'ocr_provider' ? 'provider' : field));
    });
    return options;
  }

  /**
   * Who reads, and who was asked for when that is somebody else: a provider this server knows but is not set up for is stood in
   * for by the default one, unless `substitute_provider` forbids it.
   */
  private async provider(asked: string | undefined): Promise<Pick<TaskOptions, 'ocr_provider' | 'requested_provider'>> {
    const { default_provider, substitute_provider } = this.settings;
    const provider = asked ?? default_provider;
    if (provider === default_provider || !substitute_provider) return { ocr_provider: provider, requested_provider: undefined };
    const { ready } = await this.engineOf(provider).status();
    return ready
      ? { ocr_provider: provider, requested_provider: undefined }
      : { ocr_provider: default_provider, requested_provider: provider };
  }

  /**
   * Where a task is told of, and which events, when one of them is asked for. Addresses are kept in one form.
   * @param present what the task has; undefined: not known
   */
  private async webhook(
    { webhook_url: url, webhook_events: events }: RequestedOptions,
    present: Partial<TaskOptions> | undefined,
  ): Promise<Pick<TaskOptions, 'webhook_url' | 'webhook_events'>> {
    if (url === undefined) {
      if (events === undefined) return {};
      if (present !== undefined && present.webhook_url === undefined)
        throw invalidRequest([{ field: 'options.webhook_events', message: 'goes with a webhook_url' }]);
      return { webhook_events: events };
    }
    const { href } = await this.webhooks.check(url).catch((error: unknown) => underWebhook(error));
    // A task that is not known here keeps the events it names.
    if (events === undefined && present === undefined) return { webhook_url: href };
    return { webhook_url: href, webhook_events: events ?? present?.webhook_events ?? this.settings.webhook_events };
  }

  private engineOf(provider: string) {
    try {
      return this.engines.get(provider);
    } catch (error) {
      return underOptions(error);
    }
  }

  private async check(options: Pick<TaskOptions, 'ocr_provider' | 'language' | 'output_path'>): Promise<void> {
    await this.engines.supports(options.ocr_provider, options.language).catch((error: unknown) => underOptions(error));
    if (options.output_path !== undefined) await this.output.checkOutputPath(options.output_path);
  }

  /** Stand-ins must exist and read the language; one that is not set up here may be so on another node. */
  private async checkFallback(providers: readonly string[] = [], language: string): Promise<void> {
    try {
      for (const provider of providers) {
        const { ready } = await this.engines.get(provider).status();
        if (ready) await this.engines.supports(provider, language);
      }
    } catch (error) {
      underOptions(error, 'provider_fallback');
    }
  }
}

/** The engines know nothing of requests: their fields are told where the caller wrote them. */
function underOptions(error: unknown, as?: string): never {
  return renameFields(error, (field) => `options.${as ?? field}`);
}

/** The guard knows nothing of requests either. */
function underWebhook(error: unknown): never {
  if (!(error instanceof OcrError)) throw error;
  const fields = [{ field: 'options.webhook_url', message: 'may not be sent to' }];
  throw new OcrError(error.code, { detail: error.message, fields, cause: error });
}

function renameFields(error: unknown, rename: (field: string) => string): never {
  if (!(error instanceof OcrError) || error.fields === undefined) throw error;
  const fields = error.fields.map((each) => ({ ...each, field: rename(each.field) }));
  throw new OcrError(error.code, { detail: error.message, fields, cause: error });
}
