import { PDFDocument, rgb } from 'pdf-lib';

/**
 * A document without text whose every page looks unlike any other: black squares at places that follow from its name and the
 * page's number. Small, so that drawing a page takes milliseconds.
 */
export async function markedDocument(name: string, pages: number): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const random = randomFrom(name);
  for (let page = 0; page < pages; page++) {
    const sheet = document.addPage([144, 144]);
    for (let mark = 0; mark < 24; mark++) {
      sheet.drawRectangle({ x: 8 + random() * 110, y: 8 + random() * 110, width: 8, height: 8, color: rgb(0, 0, 0) });
    }
  }
  return document.save();
}

/** Numbers in 0..1 that follow from a text (mulberry32). */
export function randomFrom(seed: string): () => number {
  let state = [...seed].reduce((sum, letter) => Math.imul(sum ^ letter.charCodeAt(0), 0x01000193), 0x811c9dc5);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
