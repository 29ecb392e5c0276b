import type { Violations } from './rules.js';

export const MOST_INTEGER = 2_147_483_647;
/** Bytes. */
export const LONGEST_STRING = 32_767;
/** Bytes. */
export const LONGEST_NAME = 127;

/** Shorter operands break no bound. */
const HARMLESS = 10;
const STRINGS = /\((?:\\[^]|[^\\)])*\)|<([^<>]*)>/g;
const ESCAPES = /\\([0-7]{1,3}|\r\n|[^])/g;

/** Checks numbers, names and strings of a content stream, as they are written. */
export function checkOperands(operands: readonly string[], violations: Violations): void {
  for (const operand of operands) checkOperand(operand, violations);
}

function checkOperand(operand: string, violations: Violations): void {
  const kind = operand[0];
  if (kind === '<' && operand[1] !== '<') checkHexadecimal(operand.slice(1, -1), violations);
  else if (kind === '[') {
    if (operand.includes('<'))
      for (const [, digits] of operand.matchAll(STRINGS)) if (digits !== undefined) checkHexadecimal(digits, violations);
  } else if (operand.length < HARMLESS) return;
  else if (kind === '/') {
    const bytes = operand.replace(/#[0-9A-Fa-f]{2}/g, '.').length - 1;
    violations.require(bytes <= LONGEST_NAME, '6.1.13', 'a name is too long');
  } else if (kind === '(') {
    const bytes = operand.length - 2 <= LONGEST_STRING ? 0 : operand.replace(ESCAPES, '.').length - 2;
    violations.require(bytes <= LONGEST_STRING, '6.1.13', 'a string is too long');
  } else violations.require(!(Math.abs(Number(operand)) > MOST_INTEGER), '6.1.13', 'a number is out of bounds');
}

function checkHexadecimal(digits: string, violations: Violations): void {
  const count = digits.replace(/\s/g, '').length;
  violations.require(count % 2 === 0, '6.1.6', 'half a byte is missing');
  violations.require(count / 2 <= LONGEST_STRING, '6.1.13', 'a string is too long');
}
