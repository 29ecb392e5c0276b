import { UnreadablePdf } from './unreadable-pdf.js';

/** Where an object lies: at an offset of the file, or as the n-th object of an object stream. */
export type XrefEntry =
  { kind: 'offset'; offset: number; generation: number } | { kind: 'packed'; stream: number; index: number };

const UNSET = 0;
const FREE = 1;
const OFFSET = 2;
const PACKED = 3;

/** ISO 32000-1, table C.1: the most indirect objects a document may have. */
const MAX_OBJECT_NUMBER = 8_388_607;

/**
 * The merged cross-reference of a document in typed arrays: 13 bytes an object, whatever the object holds. Sections are read
 * newest first, so an entry that is already set stays.
 */
export class XrefTable {
  private kinds = new Uint8Array(1024);
  private places = new Float64Array(1024);
  private seconds = new Uint32Array(1024);
  private highest = 0;

  get highestNumber(): number {
    return this.highest;
  }

  setFree(number: number): void {
    this.set(number, FREE, 0, 0);
  }

  setOffset(number: number, offset: number, generation: number): void {
    this.set(number, OFFSET, offset, generation);
  }

  setPacked(number: number, stream: number, index: number): void {
    this.set(number, PACKED, stream, index);
  }

  get(number: number): XrefEntry | null {
    const place = this.places[number] ?? 0;
    const second = this.seconds[number] ?? 0;
    if (this.kinds[number] === OFFSET) return { kind: 'offset', offset: place, generation: second };
    if (this.kinds[number] === PACKED) return { kind: 'packed', stream: place, index: second };
    return null;
  }

  private set(number: number, kind: number, place: number, second: number): void {
    if (number > MAX_OBJECT_NUMBER) throw new UnreadablePdf('An object number is out of bounds');
    if (number >= this.kinds.length) this.grow(number);
    if (number > this.highest) this.highest = number;
    if (this.kinds[number] !== UNSET) return;
    this.kinds[number] = kind;
    this.places[number] = place;
    this.seconds[number] = second;
  }

  private grow(number: number): void {
    const size = Math.max(number + 1, this.kinds.length * 2);
    const [kinds, places, seconds] = [new Uint8Array(size), new Float64Array(size), new Uint32Array(size)];
    kinds.set(this.kinds);
    places.set(this.places);
    seconds.set(this.seconds);
    [this.kinds, this.places, this.seconds] = [kinds, places, seconds];
  }
}
