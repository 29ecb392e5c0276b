import { PDFiumModule } from '@hyzyla/pdfium';
import type { PdfiumExports } from './exports.js';
import { FileRouting } from './file-routing.js';

/** One instance of PDFium in this thread. */
export class Pdfium {
  private lastView: DataView | undefined;

  private constructor(
    readonly api: PdfiumExports,
    readonly files: FileRouting,
  ) {}

  /**
   * Instantiates the compiled module (which threads share) and initialises the library. The module aborts rather than
   * take more than `mostBytes` of memory.
   */
  static async load(compiled: WebAssembly.Module, mostBytes: number): Promise<Pdfium> {
    const files = new FileRouting();
    let api: PdfiumExports | undefined;
    const options = {
      // What it would print when it breaks down says nothing more than the error it throws.
      printErr: () => undefined,
      instantiateWasm: (imports: WebAssembly.Imports, done: (module: WebAssembly.Module) => void) => {
        const instance = new WebAssembly.Instance(compiled, boundMemory(files.wrap(imports), mostBytes));
        api = instance.exports as unknown as PdfiumExports;
        files.attach(api.memory);
        // The typing of the package says Module; Emscripten itself takes the instance.
        done(instance as unknown as WebAssembly.Module);
        return instance.exports;
      },
    };
    await PDFiumModule(options);
    if (api === undefined) throw new Error('PDFium did not start');
    api.FPDF_InitLibrary();
    return new Pdfium(api, files);
  }

  /** Bytes the module holds; it never gives any back. */
  get memoryBytes(): number {
    return this.api.memory.buffer.byteLength;
  }

  bytes(): Uint8Array {
    return new Uint8Array(this.api.memory.buffer);
  }

  view(): DataView {
    const { buffer } = this.api.memory;
    // Memory that has grown is another buffer.
    if (this.lastView?.buffer !== buffer) this.lastView = new DataView(buffer);
    return this.lastView;
  }

  /** Lends `use` zeroed memory of the module, given back when it returns. */
  withMemory<T>(size: number, use: (pointer: number) => T): T {
    const pointer = this.allocate(size);
    try {
      return use(pointer);
    } finally {
      this.api.free(pointer);
    }
  }

  /** Lends `use` the text as a C string in UTF-8. */
  withString<T>(text: string, use: (pointer: number) => T): T {
    const encoded = Buffer.from(`${text}\0`, 'utf8');
    return this.withMemory(encoded.length, (pointer) => {
      this.bytes().set(encoded, pointer);
      return use(pointer);
    });
  }

  /** Zeroed memory the caller frees. */
  allocate(size: number): number {
    const pointer = this.api.malloc(size);
    if (pointer === 0) throw new WebAssembly.RuntimeError('out of memory');
    this.bytes().fill(0, pointer, pointer + size);
    return pointer;
  }
}

function boundMemory(imports: WebAssembly.Imports, mostBytes: number): WebAssembly.Imports {
  const env = imports.env as Record<string, (size: number) => number>;
  const grow = env.emscripten_resize_heap;
  return {
    ...imports,
    env: { ...imports.env, emscripten_resize_heap: (size: number) => (size >>> 0 > mostBytes ? 0 : grow(size)) },
  };
}
