/**
 * What `JSON.stringify` gives for parsed JSON and what holds it, however deeply it is nested: that one needs the call stack, which callers
 * can exhaust.
 */
export function writtenDown(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return deeplyWritten(value);
  }
}

/** A piece of the text, or a value that is still to be written. */
type Part = string | { readonly value: unknown };

function deeplyWritten(value: unknown): string {
  const written: string[] = [];
  const waiting: Part[] = [{ value }];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (typeof part === 'string') written.push(part);
    else if (typeof part.value === 'object' && part.value !== null) {
      // what is pushed last is written first
      for (const each of partsOf(part.value).reverse()) waiting.push(each);
    } else written.push(JSON.stringify(part.value) ?? 'null');
  }
  return written.join('');
}

function partsOf(value: object): Part[] {
  if (Array.isArray(value)) return ['[', ...value.flatMap((item, at): Part[] => [at === 0 ? '' : ',', { value: item }]), ']'];
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return [
    '{',
    ...members.flatMap(([key, member], at): Part[] => [`${at === 0 ? '' : ','}${JSON.stringify(key)}:`, { value: member }]),
    '}',
  ];
}
