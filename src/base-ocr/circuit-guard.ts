import type { OcrError } from '../errors/ocr-error.js';

/** DI token of the {@link CircuitGuard}. */
export const CIRCUIT_GUARD = Symbol('CircuitGuard');

/**
 * Knows which providers are down, so that pages are not sent to them for nothing. Told of every page a provider has read or failed
 * on; asked before each. All three methods answer at once and never throw: what is shared between nodes is exchanged
 * in the background.
 */
export interface CircuitGuard {
  /** True while the provider should be left alone. */
  isOpen(provider: string): boolean;
  /**
   * The provider failed on a page, or on pages that went in one request: these are told of once. What counts is that it could not be
   * reached (`engine_unavailable`).
   */
  failed(provider: string, error: OcrError): void;
  /** The provider read a page. */
  succeeded(provider: string): void;
}

/** Failures in a row that open a provider's circuit. */
const FAILURES = 5;
/** Seconds a circuit stays open, unless the provider named a time itself; after them pages try again. */
const OPEN_SECONDS = 30;

/** Circuits of this process alone. Five failures in a row open one; one page read closes it. */
export class NodeCircuitGuard implements CircuitGuard {
  private readonly circuits = new Map<string, { failures: number; openUntil: number }>();

  /** @param now milliseconds of a clock that does not go back */
  constructor(private readonly now: () => number = () => performance.now()) {}

  isOpen(provider: string): boolean {
    return (this.circuits.get(provider)?.openUntil ?? 0) > this.now();
  }

  failed(provider: string, error: OcrError): void {
    // A page the engine fails on says nothing about the next one.
    if (error.code !== 'engine_unavailable') return;
    const failures = (this.circuits.get(provider)?.failures ?? 0) + 1;
    const seconds = Math.max(OPEN_SECONDS, error.retryAfter ?? 0);
    const openUntil = failures >= FAILURES ? this.now() + seconds * 1000 : 0;
    this.circuits.set(provider, { failures, openUntil });
  }

  succeeded(provider: string): void {
    this.circuits.delete(provider);
  }
}
