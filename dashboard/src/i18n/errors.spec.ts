import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../../src/errors/error-codes.js';
import { en } from './resources';

/** What the dashboard itself adds to the server's codes. */
const OWN = ['unforeseen', 'network_error', 'unreadable_answer'];

describe('the words for errors', () => {
  it('are there for every code of the server, and for no other', () => {
    expect(Object.keys(en.errors).sort()).toEqual([...Object.keys(ERROR_CODES), ...OWN].sort());
  });
});
