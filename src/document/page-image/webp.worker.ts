import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';
import encode, { init } from '@jsquash/webp/encode.js';

/** A picture to encode, 4 bytes a pixel. */
export interface WebpRequest {
  readonly id: number;
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

export type WebpReply = { readonly id: number } & ({ readonly webp: Uint8Array } | { readonly error: string });

/** Good for text to read; `method` trades time for size, 2 of 6 takes a third of the time of the default for a tenth more bytes. */
const QUALITY = { quality: 80, method: 2 };

/** The type of `init` leaves out its first parameter, the compiled module. */
const start = init as unknown as (module: WebAssembly.Module) => Promise<unknown>;

/** The package would fetch its module as a browser does; here it is compiled from its file. */
async function loadEncoder(): Promise<void> {
  const compileFile = async (name: string) => {
    const path = createRequire(import.meta.url).resolve(`@jsquash/webp/codec/enc/${name}.wasm`);
    return WebAssembly.compile(await readFile(path));
  };
  // Which of its two modules the package takes depends on the processor, as does which of them compiles.
  await start(await compileFile('webp_enc_simd').catch(() => compileFile('webp_enc')));
}

let encoder: Promise<void> | undefined;

async function answer({ id, width, height, rgba }: WebpRequest): Promise<WebpReply> {
  try {
    await (encoder ??= loadEncoder());
    const data = new Uint8ClampedArray(rgba.buffer, rgba.byteOffset, rgba.byteLength);
    return { id, webp: new Uint8Array(await encode({ data, width, height }, QUALITY)) };
  } catch (error) {
    return { id, error: String(error) };
  }
}

parentPort?.on('message', (request: WebpRequest) => {
  void answer(request).then((reply) => parentPort?.postMessage(reply));
});
