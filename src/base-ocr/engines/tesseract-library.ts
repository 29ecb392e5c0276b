import koffi, { type KoffiFunc } from 'koffi';
import type { GrayImage } from '../../document/document.types.js';
import { LEVEL, tsvRows, type Box } from './tesseract-rows.js';

/** A pointer into the library. */
type Handle = unknown;

/** `TessOcrEngineMode`: the neural network alone. */
const LSTM_ONLY = 1;

/** Tesseract's C interface (`tesseract/capi.h`), as far as pages are read with it here. */
interface Functions {
  version: KoffiFunc<() => string>;
  create: KoffiFunc<() => Handle>;
  /** Not 0: it failed. */
  init: KoffiFunc<(api: Handle, folder: string, language: string, mode: number) => number>;
  setSegmentation: KoffiFunc<(api: Handle, mode: number) => void>;
  setImage: KoffiFunc<(api: Handle, data: Uint8Array, width: number, height: number, bytes: number, rowBytes: number) => void>;
  setResolution: KoffiFunc<(api: Handle, dpi: number) => void>;
  /** Not 0: it failed. */
  recognise: KoffiFunc<(api: Handle, monitor: null) => number>;
  /** Lets go of the page and what was found on it. */
  clear: KoffiFunc<(api: Handle) => void>;
  /** Null for a page without anything. */
  words: KoffiFunc<(api: Handle) => Handle | null>;
  deleteWords: KoffiFunc<(words: Handle) => void>;
  next: KoffiFunc<(words: Handle, level: number) => number>;
  isAtBeginningOf: KoffiFunc<(words: Handle, level: number) => number>;
  box: KoffiFunc<
    (words: Handle, level: number, left: Int32Array, top: Int32Array, right: Int32Array, bottom: Int32Array) => number
  >;
  confidence: KoffiFunc<(words: Handle, level: number) => number>;
  /** Null where there is no word: at a picture, say. */
  text: KoffiFunc<(words: Handle, level: number) => string | null>;
}

/** The shared library of a native tesseract, loaded into this process: for one of its own, since a fault in it ends the process. */
export class TesseractLibrary {
  private constructor(
    private readonly call: Functions,
    private readonly api: Handle,
  ) {}

  /**
   * Gets the library ready to read pages in a language.
   * @param path the library's file, or its name where the system finds it
   * @param version the only version that will do
   * @throws Error when the library or the language cannot be loaded, or the version is another
   */
  static open(path: string, version: string, tessdata: string, language: string, segmentation: number): TesseractLibrary {
    const call = functionsOf(path);
    const found = call.version();
    if (found !== version) throw new Error(`The library is of tesseract ${found}, the program ${version}.`);
    const api = call.create();
    if (call.init(api, tessdata, language, LSTM_ONLY) !== 0)
      throw new Error(`Tesseract does not take up the language ${language}.`);
    call.setSegmentation(api, segmentation);
    return new TesseractLibrary(call, api);
  }

  /** Reads a page. @returns the rows of tesseract's TSV for it. @throws Error when tesseract gives up */
  read({ width, height, data, dpi }: GrayImage): string {
    const { call, api } = this;
    call.setImage(api, data, width, height, 1, width);
    call.setResolution(api, dpi);
    if (call.recognise(api, null) !== 0) throw new Error('Tesseract could not read the page.');
    const words = call.words(api);
    try {
      return words === null ? '' : rowsOf(call, words);
    } finally {
      if (words !== null) call.deleteWords(words);
      call.clear(api);
    }
  }
}

function rowsOf(call: Functions, words: Handle): string {
  const [left, top, right, bottom] = [new Int32Array(1), new Int32Array(1), new Int32Array(1), new Int32Array(1)];
  const box = (level: keyof typeof LEVEL): Box => {
    call.box(words, LEVEL[level], left, top, right, bottom);
    return [left[0]!, top[0]!, right[0]!, bottom[0]!];
  };
  let text: string | null = null;
  return tsvRows({
    empty: () => (text = call.text(words, LEVEL.word)) === null,
    next: () => call.next(words, LEVEL.word) !== 0,
    isAtBeginningOf: (level) => call.isAtBeginningOf(words, LEVEL[level]) !== 0,
    box,
    confidence: () => call.confidence(words, LEVEL.word),
    text: () => text ?? '',
  });
}

function functionsOf(path: string): Functions {
  const library = koffi.load(path);
  const deleteText = library.func('TessDeleteText', 'void', ['void *']);
  const text = koffi.disposable('str', deleteText);
  const [handle, numbers] = ['void *', 'int *'];
  return {
    version: library.func('TessVersion', 'str', []),
    create: library.func('TessBaseAPICreate', handle, []),
    init: library.func('TessBaseAPIInit2', 'int', [handle, 'str', 'str', 'int']),
    setSegmentation: library.func('TessBaseAPISetPageSegMode', 'void', [handle, 'int']),
    setImage: library.func('TessBaseAPISetImage', 'void', [handle, 'uint8_t *', 'int', 'int', 'int', 'int']),
    setResolution: library.func('TessBaseAPISetSourceResolution', 'void', [handle, 'int']),
    recognise: library.func('TessBaseAPIRecognize', 'int', [handle, handle]),
    clear: library.func('TessBaseAPIClear', 'void', [handle]),
    words: library.func('TessBaseAPIGetIterator', handle, [handle]),
    deleteWords: library.func('TessResultIteratorDelete', 'void', [handle]),
    next: library.func('TessResultIteratorNext', 'int', [handle, 'int']),
    // The iterator of words is one of pages, too.
    isAtBeginningOf: library.func('TessPageIteratorIsAtBeginningOf', 'int', [handle, 'int']),
    box: library.func('TessPageIteratorBoundingBox', 'int', [handle, 'int', numbers, numbers, numbers, numbers]),
    confidence: library.func('TessResultIteratorConfidence', 'float', [handle, 'int']),
    text: library.func('TessResultIteratorGetUTF8Text', text, [handle, 'int']),
  };
}
