/**
 * The part of the WebAssembly JavaScript API this product uses (https://webassembly.github.io/spec/js-api/). Node has it, but
 * its declarations come with TypeScript's DOM library, which would let browser names into server code.
 */
declare namespace WebAssembly {
  type ImportValue = Memory | number | bigint | ((...values: never[]) => unknown) | object;
  type Imports = Record<string, Record<string, ImportValue>>;
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  interface Instance {
    readonly exports: Record<string, unknown>;
  }
  /** Compiled code. It can be posted to worker threads. */
  type Module = object;
  const Memory: { new (descriptor: { initial: number; maximum?: number }): Memory };
  const Instance: { new (module: Module, imports?: Imports): Instance };
  class CompileError extends Error {}
  class RuntimeError extends Error {}
  function compile(bytes: Uint8Array): Promise<Module>;
  function instantiate(module: Module, imports?: Imports): Promise<Instance>;
}
