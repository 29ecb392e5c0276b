import { describe, expect, it } from 'vitest';
import { OcrError } from '../errors/ocr-error.js';
import { NodeCircuitGuard } from './circuit-guard.js';

describe('the circuits of a node', () => {
  const down = new OcrError('engine_unavailable');
  const circuit = () => {
    const clock = { ms: 1000 };
    return { clock, guard: new NodeCircuitGuard(() => clock.ms) };
  };
  const fail = (guard: NodeCircuitGuard, times: number, error = down) => {
    for (let i = 0; i < times; i++) guard.failed('textract', error);
  };

  it('open after five failures in a row, each provider for itself', () => {
    const { guard } = circuit();
    fail(guard, 4);
    expect(guard.isOpen('textract')).toBe(false);
    fail(guard, 1);
    expect(guard.isOpen('textract')).toBe(true);
    expect(guard.isOpen('document_ai')).toBe(false);
  });

  it('start counting anew after a page that was read', () => {
    const { guard } = circuit();
    fail(guard, 4);
    guard.succeeded('textract');
    fail(guard, 4);
    expect(guard.isOpen('textract')).toBe(false);
  });

  it('let pages try again after half a minute, and open at once when that fails too', () => {
    const { clock, guard } = circuit();
    fail(guard, 5);
    clock.ms += 29_999;
    expect(guard.isOpen('textract')).toBe(true);
    clock.ms += 1;
    expect(guard.isOpen('textract')).toBe(false);
    fail(guard, 1);
    expect(guard.isOpen('textract')).toBe(true);
  });

  it('stay open as long as the provider asks', () => {
    const { clock, guard } = circuit();
    fail(guard, 5, new OcrError('engine_unavailable', { retryAfter: 120 }));
    clock.ms += 119_000;
    expect(guard.isOpen('textract')).toBe(true);
  });

  it('are not opened by pages that the provider fails on', () => {
    const { guard } = circuit();
    fail(guard, 9, new OcrError('engine_failed'));
    expect(guard.isOpen('textract')).toBe(false);
  });
});
