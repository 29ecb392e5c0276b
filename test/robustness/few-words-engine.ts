import type { EngineFactory } from '../../src/base-ocr/engines/engine-factory.js';
import type { OcrEngine, RecogniseRequest, RecogniseResponse } from '../../src/base-ocr/engines/ocr-engine.js';

const WORDS = ['words', 'of', 'every', 'page'];

/** Reads the same four words on every page at once, so that a test's time goes into what is around the engines. */
class FewWordsEngine implements OcrEngine {
  readonly name = 'few_words';

  status() {
    return Promise.resolve({ name: this.name, ready: true, version: '1', languages: ['eng'], slots: 2 });
  }

  recognise({ image, signal }: RecogniseRequest): Promise<RecogniseResponse> {
    signal.throwIfAborted();
    const [unit, line] = [image.width / 24, image.height / 60];
    const words = WORDS.map((text, i) => {
      const x0 = (2 + 5 * i) * unit;
      return { text, confidence: 96, box: { x0, y0: 20 * line, x1: x0 + text.length * unit * 0.8, y1: 21 * line } };
    });
    const box = { x0: 2 * unit, y0: 20 * line, x1: 22 * unit, y1: 21 * line };
    return Promise.resolve({ blocks: [{ box, paragraphs: [{ box, lines: [{ box, words }] }] }] });
  }

  close() {
    return Promise.resolve();
  }
}

export const fewWords: EngineFactory = { name: 'few_words', create: () => new FewWordsEngine() };
