import type { EngineFactory } from './engine-factory.js';
import type { EngineStatus, OcrEngine, RecogniseRequest, RecogniseResponse } from './ocr-engine.js';

/** Tesseract as this machine has it best: the native program where it is installed, else the embedded one. Decided once. */
export class TesseractEngine implements OcrEngine {
  readonly name = 'tesseract';
  readonly segments = true;
  private chosen: Promise<OcrEngine> | undefined;

  constructor(
    private readonly native: OcrEngine,
    private readonly embedded: OcrEngine,
  ) {}

  async status(): Promise<EngineStatus> {
    const status = await (await this.choose()).status();
    return { ...status, name: this.name, version: `${status.version} (${status.name})` };
  }

  async identity(language: string): Promise<string> {
    return (await (await this.choose()).identity?.(language)) ?? '';
  }

  async recognise(request: RecogniseRequest): Promise<RecogniseResponse> {
    return (await this.choose()).recognise(request);
  }

  /** Both engines belong to the registry, which closes them under their own names. */
  async close(): Promise<void> {}

  private choose(): Promise<OcrEngine> {
    this.chosen ??= this.native.status().then(
      (status) => (status.ready ? this.native : this.embedded),
      (error: unknown) => {
        this.chosen = undefined;
        throw error;
      },
    );
    return this.chosen;
  }
}

export const tesseract: EngineFactory = {
  name: 'tesseract',
  create: ({ engine }) => new TesseractEngine(engine('tesseract_cli'), engine('tesseract_js')),
};
