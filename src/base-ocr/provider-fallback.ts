import { OcrError } from '../errors/ocr-error.js';
import type { CircuitGuard } from './circuit-guard.js';
import type { OcrEngine, RecogniseRequest } from './engines/ocr-engine.js';

/** Times a provider that is there but fails on a page is asked, before the next one is. */
const TRIES = 2;

/**
 * Reads a page by the first of the providers that can. One that cannot be reached, or whose circuit is open, is passed over at
 * once; one that fails is asked again first. Pages go their way each for itself: the next one is offered to the first provider
 * again.
 * @param providers the one that was asked for, then those that stand in for it
 * @param read reads the page by one provider
 * @throws what the first provider failed with, or, when only that cannot be mended by trying again, what another did;
 *   the signal's reason; whatever is no fault of an engine, as it comes
 */
export async function readWithFallback<T>(
  providers: readonly string[],
  signal: AbortSignal,
  read: (provider: string) => Promise<T>,
): Promise<T> {
  const errors: OcrError[] = [];
  for (const provider of new Set(providers)) {
    for (let tries = 1; tries <= TRIES; tries++) {
      try {
        return await read(provider);
      } catch (error) {
        signal.throwIfAborted();
        // Nobody is there to stand in: the job's own retries are enough.
        if (providers.length === 1 || !isFaultOfProvider(error)) throw error;
        errors.push(error);
        if (error.code === 'engine_unavailable' || !error.retryable) break;
      }
    }
  }
  throw errors.find((error) => error.retryable) ?? errors[0];
}

/** Whether another provider may do better: a document that cannot be drawn stays so. */
function isFaultOfProvider(error: unknown): error is OcrError {
  if (!(error instanceof OcrError)) return false;
  return error.phase === 'recognise' || error.code === 'language_not_available' || error.code === 'provider_not_available';
}

/** Errors the circuits have been told of: pages that went in one request have its error in common, and it failed once. */
const told = new WeakSet<OcrError>();

/**
 * An engine that is left alone while its circuit is open, and whose pages are told to the circuit. Pages that need no engine do not
 * touch it.
 */
export function guarded(engine: OcrEngine, circuits: CircuitGuard): OcrEngine {
  const recognise = async (request: RecogniseRequest) => {
    if (circuits.isOpen(engine.name)) {
      throw new OcrError('engine_unavailable', { detail: `${engine.name} is down; it will be asked again in a while.` });
    }
    try {
      const response = await engine.recognise(request);
      circuits.succeeded(engine.name);
      return response;
    } catch (error) {
      if (!request.signal.aborted && error instanceof OcrError && !told.has(error)) {
        told.add(error);
        circuits.failed(engine.name, error);
      }
      throw error;
    }
  };
  const { name, segments } = engine;
  return {
    name,
    segments,
    status: () => engine.status(),
    identity: async (language) => (await engine.identity?.(language)) ?? '',
    recognise,
    close: () => engine.close(),
  };
}
