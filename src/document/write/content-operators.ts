/** One operator of a content stream with its operands: bytes `start` to `end` (exclusive) of the stream. */
export interface ContentOperator {
  name: string;
  /** The operands as they are written. */
  operands: string[];
  start: number;
  end: number;
}

const WHITE = new Set([0x00, 0x09, 0x0a, 0x0c, 0x0d, 0x20]);
const DELIMITERS = new Set([...'()<>[]{}/%'].map((character) => character.charCodeAt(0)));

/**
 * Cuts a content stream into its operators (ISO 32000-1 §7.8.2), inline images included: one of those is a single operator `EI`.
 * Forgiving as viewers are: what it cannot understand becomes part of the next operator.
 */
export function* contentOperators(data: Uint8Array): Generator<ContentOperator> {
  let operands: string[] = [];
  let start: number | null = null;
  for (let at = skipWhite(data, 0); at < data.length; at = skipWhite(data, at)) {
    start ??= at;
    const end = tokenEnd(data, at);
    const token = latin1(data, at, end);
    at = end;
    if (isOperand(token)) {
      operands.push(token);
      continue;
    }
    const isInlineImage = token === 'ID';
    if (isInlineImage) at = endOfInlineImage(data, at);
    // the dictionary of an inline image is BI's operands in all but name
    if (token !== 'BI') {
      yield { name: isInlineImage ? 'EI' : token, operands, start, end: at };
      start = null;
      operands = [];
    }
  }
}

function isOperand(token: string): boolean {
  return /^[([</\]>{}+\-.\d]/.test(token) || token === 'true' || token === 'false' || token === 'null';
}

function skipWhite(data: Uint8Array, from: number): number {
  let at = from;
  for (; at < data.length; at++) {
    const byte = data[at] ?? 0;
    if (byte === 0x25) while (at + 1 < data.length && data[at + 1] !== 0x0a && data[at + 1] !== 0x0d) at++;
    else if (!WHITE.has(byte)) break;
  }
  return at;
}

function tokenEnd(data: Uint8Array, at: number): number {
  const byte = data[at];
  if (byte === 0x28) return endOfString(data, at);
  if (byte === 0x5b) return endOfArray(data, at);
  if (byte === 0x3c && data[at + 1] !== 0x3c) return indexOf(data, 0x3e, at) + 1;
  if ((byte === 0x3c || byte === 0x3e) && data[at + 1] === byte) return at + 2;
  let end = at + 1;
  if (byte !== 0x2f && DELIMITERS.has(byte ?? 0)) return end;
  while (end < data.length && !WHITE.has(data[end] ?? 0) && !DELIMITERS.has(data[end] ?? 0)) end++;
  return end;
}

function endOfString(data: Uint8Array, at: number): number {
  let depth = 0;
  for (let i = at; i < data.length; i++) {
    if (data[i] === 0x5c) i++;
    else if (data[i] === 0x28) depth++;
    else if (data[i] === 0x29 && --depth === 0) return i + 1;
  }
  return data.length;
}

/** Arrays stay whole; a content stream's arrays hold strings, numbers and names, seldom another array. */
function endOfArray(data: Uint8Array, at: number): number {
  let depth = 0;
  for (let i = at; i < data.length;) {
    const byte = data[i];
    if (byte === 0x5b) depth++;
    if (byte === 0x5d && --depth === 0) return i + 1;
    i = byte === 0x28 ? endOfString(data, i) : byte === 0x3c ? indexOf(data, 0x3e, i) + 1 : i + 1;
  }
  return data.length;
}

function indexOf(data: Uint8Array, byte: number, from: number): number {
  const found = data.indexOf(byte, from);
  return found === -1 ? data.length - 1 : found;
}

/** Image data ends at an `EI` between white space; that it also occurs by chance within the data is guarded against by what must follow. */
function endOfInlineImage(data: Uint8Array, from: number): number {
  for (let i = from + 1; i + 1 < data.length; i++) {
    const stands = data[i] === 0x45 && data[i + 1] === 0x49 && WHITE.has(data[i - 1] ?? 0);
    if (stands && (i + 2 >= data.length || WHITE.has(data[i + 2] ?? 0)) && isText(data, i + 2)) return i + 2;
  }
  return data.length;
}

/** True when the next few bytes could be operators: printable or white. */
function isText(data: Uint8Array, from: number): boolean {
  return data.subarray(from, from + 12).every((byte) => WHITE.has(byte) || (byte >= 0x20 && byte < 0x7f));
}

function latin1(data: Uint8Array, start: number, end: number): string {
  return Buffer.from(data.buffer, data.byteOffset + start, end - start).toString('latin1');
}
