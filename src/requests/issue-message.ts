import type { z } from 'zod';

/** What is wrong with a value, in our words: what follows its name in a sentence. */
export function issueMessage(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined && issue.message.endsWith('received undefined')
        ? 'is required'
        : `must be ${TYPES[issue.expected] ?? `of type ${issue.expected}`}`;
    case 'too_small':
      return `must ${boundOf(issue.origin)} at least ${issue.minimum}${unitOf(issue.origin)}`;
    case 'too_big':
      return `must ${boundOf(issue.origin)} at most ${issue.maximum}${unitOf(issue.origin)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`;
    case 'invalid_format':
      return issue.message === 'Invalid UUID' ? 'must be a UUID' : issue.message;
    case 'invalid_union':
      return issue.message === 'Invalid input' ? unionMessage(issue) : issue.message;
    default:
      return issue.message;
  }
}

/** Settings that are a switch or a list may be written in two ways. */
function unionMessage({ errors }: z.core.$ZodIssueInvalidUnion): string {
  const expected = errors.flat().flatMap((issue) => (issue.code === 'invalid_type' ? issue.expected : []));
  return expected.includes('boolean')
    ? 'must be true or false'
    : `must be ${expected.map((type) => TYPES[type] ?? type).join(' or ')}`;
}

const TYPES: Readonly<Record<string, string>> = {
  object: 'a JSON object',
  record: 'a JSON object',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
};

function boundOf(origin: string): string {
  return origin === 'string' || origin === 'array' ? 'have' : 'be';
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' items' : '';
}
