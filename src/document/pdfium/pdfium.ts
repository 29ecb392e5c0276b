import { PDFiumModule } from '@hyzyla/pdfium';
import type { PdfiumExports } from './exports.js';
import { FileRouting } from './file-routing.js';

/**
 * A WebAssembly module that imports a function of three 32-bit numbers that gives one, as `e.f`, and exports it as `f`: only what a module
 * exports may stand in the table PDFium calls functions by. Sections by the WebAssembly core specification, 5.5: type, import, export.
 */
const CALLABLE = Buffer.from(
  '0061736d01000000' + '0108016003' + '7f7f7f017f' + '0207010165016600' + '00' + '070501016600' + '00',
  'hex',
);

/** One instance of PDFium in this thread. */
export class Pdfium {
  private lastView: DataView | undefined;

  private constructor(
    readonly api: PdfiumExports,
    readonly files: FileRouting,
    private readonly callable: WebAssembly.Module,
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
    return new Pdfium(api, files, await WebAssembly.compile(CALLABLE));
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

  /**
   * Lends `use` a pointer by which PDFium calls a function of three numbers that gives one. It is 0: the table cannot grow, and this is
   * its one place nothing else stands at. PDFium calls it like any other, where it does not ask first whether there is one.
   */
  withFunction<T>(call: (a: number, b: number, c: number) => number, use: (pointer: number) => T): T {
    const table = this.api.__indirect_function_table;
    table.set(0, new WebAssembly.Instance(this.callable, { e: { f: call } }).exports.f);
    try {
      return use(0);
    } finally {
      table.set(0, null);
    }
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
