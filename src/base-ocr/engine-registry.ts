import { join } from 'node:path';
import type { Settings } from '../config/settings.js';
import { OcrError } from '../errors/ocr-error.js';
import type { EngineFactory } from './engines/engine-factory.js';
import { ENGINES } from './engines/index.js';
import type { EngineStatus, OcrEngine } from './engines/ocr-engine.js';
import { Tessdata } from './engines/tessdata.js';

/** The engines of this node by their API names. Each is made on first use; all are closed together. */
export class EngineRegistry {
  private readonly factories = new Map<string, EngineFactory>();
  private readonly engines = new Map<string, OcrEngine>();
  private readonly tessdata: Tessdata;

  /** @throws Error when two engines have one name. */
  constructor(
    private readonly settings: Settings,
    factories: readonly EngineFactory[] = ENGINES,
  ) {
    this.tessdata = new Tessdata(join(settings.data_dir, 'tessdata'), settings.tessdata_dir);
    for (const factory of factories) {
      if (this.factories.has(factory.name)) throw new Error(`Two OCR engines are named ${factory.name}.`);
      this.factories.set(factory.name, factory);
    }
  }

  /** The values `ocr_provider` may have. */
  names(): string[] {
    return [...this.factories.keys()];
  }

  /** @throws OcrError `provider_not_available` naming the allowed values. */
  get(provider: string): OcrEngine {
    const present = this.engines.get(provider);
    if (present !== undefined) return present;
    const factory = this.factories.get(provider);
    if (factory === undefined) {
      throw new OcrError('provider_not_available', {
        detail: `There is no OCR provider "${provider}". Allowed: ${this.names().join(', ')}.`,
        fields: [{ field: 'ocr_provider', message: 'is not known', allowed: this.names() }],
      });
    }
    const engine = factory.create({ settings: this.settings, tessdata: this.tessdata, engine: (name) => this.get(name) });
    this.engines.set(provider, engine);
    return engine;
  }

  /** Whether each engine can work now, in the order they are listed. */
  statuses(): Promise<EngineStatus[]> {
    return Promise.all(this.names().map((name) => this.get(name).status()));
  }

  /**
   * Checks that pages in `language` can be given to `provider` now.
   * @throws OcrError `provider_not_available` (unknown, or not ready and why) or `language_not_available`, naming what is.
   */
  async supports(provider: string, language: string): Promise<void> {
    const status = await this.get(provider).status();
    if (!status.ready) {
      throw new OcrError('provider_not_available', {
        detail: `The OCR provider "${provider}" is not ready: ${status.reason ?? 'it gives no reason'}`,
        fields: [{ field: 'ocr_provider', message: 'is not ready' }],
      });
    }
    const { languages } = status;
    const missing = languages.length === 0 ? undefined : language.split('+').find((each) => !languages.includes(each));
    if (missing !== undefined) {
      throw new OcrError('language_not_available', {
        detail: `"${provider}" does not have the language "${missing}". Installed: ${languages.join(', ')}.`,
        fields: [{ field: 'language', message: `"${missing}" is not installed`, allowed: languages }],
      });
    }
  }

  /**
   * Checks at the start of the process that tasks without options of their own can be worked on, and that all stand-ins exist.
   * @throws as {@link supports}
   */
  async bootCheck(): Promise<void> {
    await this.supports(this.settings.default_provider, this.settings.default_language);
    for (const provider of this.settings.provider_fallback) this.get(provider);
  }

  /** Closes every engine that was made. Idempotent. */
  async close(): Promise<void> {
    await Promise.all([...this.engines.values()].map((engine) => engine.close()));
  }
}
