import { PDFiumModule } from '@hyzyla/pdfium';
import type { PdfiumExports } from './exports.js';
import { FileRouting } from './file-routing.js';

/**
 * Most bytes one PDFium module may hold. The page limits keep ordinary work far below; this one stops what they cannot see,
 * such as a soft mask or a pattern of monstrous size. PDFium then aborts and the thread is replaced.
 */
const MAX_MEMORY = 1536 * 1024 * 1024;

/** One instance of PDFium in this thread. */
export class Pdfium {
  private constructor(
    readonly api: PdfiumExports,
    readonly files: FileRouting,
  ) {}

  /** Instantiates the compiled module (which threads share) and initialises the library. */
  static async load(compiled: WebAssembly.Module): Promise<Pdfium> {
    const files = new FileRouting();
    let api: PdfiumExports | undefined;
    await PDFiumModule({
      instantiateWasm: (imports, done) => {
        const instance = new WebAssembly.Instance(compiled, boundMemory(files.wrap(imports)));
        api = instance.exports as unknown as PdfiumExports;
        files.attach(api.memory);
        // The typing of the package says Module; Emscripten itself takes the instance.
        done(instance as unknown as WebAssembly.Module);
        return instance.exports;
      },
    });
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
    return new DataView(this.api.memory.buffer);
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

function boundMemory(imports: WebAssembly.Imports): WebAssembly.Imports {
  const env = imports.env as Record<string, (size: number) => number>;
  const grow = env.emscripten_resize_heap;
  return {
    ...imports,
    env: { ...imports.env, emscripten_resize_heap: (size: number) => (size >>> 0 > MAX_MEMORY ? 0 : grow(size)) },
  };
}
