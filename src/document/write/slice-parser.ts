import { PDFParser, type PDFDict, type PDFObject } from 'pdf-lib';

const STREAM = [0x73, 0x74, 0x72, 0x65, 0x61, 0x6d];
const OBJ = [0x6f, 0x62, 0x6a];
const CR = 0x0d;
const LF = 0x0a;

/** An indirect object's head. `streamStart` is the offset of its data when it is a stream. */
export interface ParsedObject {
  number: number;
  generation: number;
  object: PDFObject;
  end: number;
  streamStart: number | null;
}

/**
 * pdf-lib's object parser on a slice of a file. It never takes in stream data, so that the slice of a page's image is its
 * dictionary only. Throws whatever pdf-lib throws at a cut or broken slice.
 */
export class SliceParser extends PDFParser {
  constructor(bytes: Uint8Array, start = 0) {
    super(bytes);
    this.bytes.moveTo(start);
  }

  get offset(): number {
    return this.bytes.offset();
  }

  /** `12 0 obj ...` at the present position. */
  indirectObject(): ParsedObject {
    this.skipWhitespaceAndComments();
    const number = this.parseRawInt();
    this.skipWhitespaceAndComments();
    const generation = this.parseRawInt();
    this.skipWhitespaceAndComments();
    if (!this.matchKeyword(OBJ)) throw new Error(`No object at this place`);
    const object = this.parseObject();
    this.skipWhitespaceAndComments();
    const end = this.bytes.offset();
    return { number, generation, object, end, streamStart: this.matchKeyword(STREAM) ? this.skipEndOfLine() : null };
  }

  /** Whole numbers separated by white space: the head of an object stream. */
  integers(count: number): number[] {
    return Array.from({ length: count }, () => {
      this.skipWhitespaceAndComments();
      return this.parseRawInt();
    });
  }

  protected override parseDictOrStream(): PDFDict {
    return this.parseDict();
  }

  private skipEndOfLine(): number {
    if (this.bytes.peek() === CR) this.bytes.next();
    if (this.bytes.peek() === LF) this.bytes.next();
    return this.bytes.offset();
  }
}
