import { describe, expect, it } from 'vitest';
import { OcrError } from '../errors/ocr-error.js';
import { isFinal, nextStatus, sourcesOf, TASK_ACTIONS, TASK_TRANSITIONS } from './transitions.js';
import { TASK_STATUSES } from './task.types.js';

const EDGES = TASK_ACTIONS.flatMap((action) =>
  TASK_STATUSES.map((from) => ({ action, from, to: TASK_TRANSITIONS[action][from] })),
);
const HARMLESS = new Set(['pause paused', 'resume queued', 'resume running', 'cancel cancelled']);

describe('the transition table of tasks', () => {
  it.each(EDGES.filter((edge) => edge.to !== undefined))('$action leads from $from to $to', ({ action, from, to }) => {
    expect(nextStatus(action, from)).toBe(to);
    expect(sourcesOf(action)).toContain(from);
  });

  it.each(EDGES.filter((edge) => edge.to === undefined))('$action from $from is harmless or refused', ({ action, from }) => {
    if (HARMLESS.has(`${action} ${from}`)) expect(nextStatus(action, from)).toBeNull();
    else expect(() => nextStatus(action, from)).toThrow(OcrError);
  });

  it('has the edges of the design, and no others', () => {
    const drawn = EDGES.filter((edge) => edge.to !== undefined).map(({ action, from, to }) => `${from} ${action} ${to}`);
    expect(drawn.sort()).toEqual(
      [
        'queued pause paused',
        'running pause paused',
        'paused resume queued',
        'queued cancel cancelled',
        'running cancel cancelled',
        'paused cancel cancelled',
        'failed retry queued',
        'completed_with_errors retry queued',
        'completed remerge queued',
        'completed_with_errors remerge queued',
        'queued start running',
        'running complete completed',
        'running complete_with_errors completed_with_errors',
        'running fail failed',
        // Paused, or paused and resumed, between the failure of its last chunk and the look that found it was the last.
        'queued fail failed',
        'paused fail failed',
      ].sort(),
    );
  });

  it('leaves a final status only to try again, or to merge again', () => {
    const leaving = EDGES.filter((edge) => edge.to !== undefined && isFinal(edge.from)).map((edge) => edge.action);
    expect(new Set(leaving)).toEqual(new Set(['retry', 'remerge']));
  });
});
