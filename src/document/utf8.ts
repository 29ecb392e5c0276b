/** Texts one behind the other in UTF-8, in a buffer of their own that can be handed to another thread, and where each of them ends. */
export interface JoinedTexts {
  readonly bytes: Buffer<ArrayBuffer>;
  readonly ends: readonly number[];
}

/** Joins texts without making one string of them, which could be longer than V8 allows. */
export function joinUtf8(texts: readonly string[]): JoinedTexts {
  let size = 0;
  const ends = texts.map((text) => (size += Buffer.byteLength(text)));
  const bytes = Buffer.from(new ArrayBuffer(size));
  texts.forEach((text, index) => bytes.write(text, index === 0 ? 0 : ends[index - 1]));
  return { bytes, ends };
}
