import { writeSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { constants, createDeflate } from 'node:zlib';

/** EXIF and TIFF orientation, 1..8: how the stored rows and columns lie on the displayed page. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** One image, and the page that shows it and nothing else. */
export interface ImagePage {
  /** Pixels as stored. */
  readonly width: number;
  readonly height: number;
  /** Size of the page in points for the image as stored; turned with the image. */
  readonly points: { readonly width: number; readonly height: number };
  readonly orientation: Orientation;
  readonly bitsPerComponent: 1 | 2 | 4 | 8 | 16;
  /** A PDF colour space, e.g. `/DeviceGray`. */
  readonly colourSpace: string;
  /** Entries that change how samples are read, e.g. `/Decode [1 0]`. */
  readonly extra?: string;
  /** The filter `data` is coded for already; without one the data are raw samples and compressed here. */
  readonly filter?: string;
  readonly data: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** Pages with the same one show the same image: all but the first need no data. */
  readonly imageKey?: string;
}

/**
 * Writes a PDF of image pages straight to an open file, one page at a time: nothing but the offsets of the objects is
 * held in memory.
 */
export class ImagePdfWriter {
  private position = 0;
  private readonly offsets: number[] = [];
  private readonly pages: number[] = [];
  private readonly images = new Map<string, number>();

  constructor(private readonly fd: number) {
    // The comment's bytes above 127 tell transfer programs that the file is binary.
    this.write(Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1'));
    this.offsets.push(0, 0); // catalogue and page tree are written last
  }

  get pageCount(): number {
    return this.pages.length;
  }

  async addPage(page: ImagePage): Promise<void> {
    const known = page.imageKey === undefined ? undefined : this.images.get(page.imageKey);
    const image = known ?? (await this.addImage(page));
    if (page.imageKey !== undefined) this.images.set(page.imageKey, image);
    const content = this.offsets.length + 1;
    const own = content + 1;
    const shown = page.orientation >= 5 ? { width: page.points.height, height: page.points.width } : page.points;
    const drawing = `q ${matrixOf(page.orientation, shown.width, shown.height)} cm /I Do Q`;
    this.object(content, `<< /Length ${drawing.length} >>\nstream\n${drawing}\nendstream`);
    this.object(
      own,
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${number(shown.width)} ${number(shown.height)}] ` +
        `/Resources << /XObject << /I ${image} 0 R >> >> /Contents ${content} 0 R >>`,
    );
    this.pages.push(own);
  }

  /** @returns the number of the image's object */
  private async addImage(page: ImagePage): Promise<number> {
    const image = this.offsets.length + 1;
    const length = image + 1;
    this.begin(image);
    this.write(
      `<< /Type /XObject /Subtype /Image /Width ${page.width} /Height ${page.height} /ColorSpace ${page.colourSpace} ` +
        `/BitsPerComponent ${page.bitsPerComponent} ${page.extra ?? ''} ${page.filter ?? '/Filter /FlateDecode'} ` +
        `/Length ${length} 0 R >>\nstream\n`,
    );
    const start = this.position;
    if (page.filter === undefined) await this.writeDeflated(page.data);
    else for await (const piece of page.data) this.write(piece);
    const bytes = this.position - start;
    this.write('\nendstream\nendobj\n');
    this.object(length, `${bytes}`);
    return image;
  }

  /** Completes the file. */
  end(): void {
    this.object(1, '<< /Type /Catalog /Pages 2 0 R >>');
    this.object(2, `<< /Type /Pages /Count ${this.pages.length} /Kids [${this.pages.map((page) => `${page} 0 R`).join(' ')}] >>`);
    const start = this.position;
    const entries = this.offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
    const count = this.offsets.length + 1;
    this.write(`xref\n0 ${count}\n0000000000 65535 f \n${entries}`);
    this.write(`trailer\n<< /Size ${count} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`);
  }

  private async writeDeflated(data: ImagePage['data']): Promise<void> {
    const deflate = createDeflate({ level: 6, strategy: constants.Z_DEFAULT_STRATEGY });
    // Whatever fails, reading, deflating or writing, fails the page.
    await pipeline(data, deflate, async (pieces: AsyncIterable<Buffer>) => {
      for await (const piece of pieces) this.write(piece);
    });
  }

  private object(id: number, body: string): void {
    this.begin(id);
    this.write(`${body}\nendobj\n`);
  }

  private begin(id: number): void {
    this.offsets[id - 1] = this.position;
    this.write(`${id} 0 obj\n`);
  }

  private write(data: string | Uint8Array): void {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
    for (let done = 0; done < bytes.length;) done += writeSync(this.fd, bytes, done, bytes.length - done);
    this.position += bytes.length;
  }
}

/** Carries the unit square, which an image fills with its first row on top, onto a page of this displayed size. */
function matrixOf(orientation: Orientation, width: number, height: number): string {
  const w = number(width);
  const h = number(height);
  switch (orientation) {
    case 1:
      return `${w} 0 0 ${h} 0 0`;
    case 2:
      return `-${w} 0 0 ${h} ${w} 0`;
    case 3:
      return `-${w} 0 0 -${h} ${w} ${h}`;
    case 4:
      return `${w} 0 0 -${h} 0 ${h}`;
    case 5:
      return `0 -${h} -${w} 0 ${w} ${h}`;
    case 6:
      return `0 -${h} ${w} 0 0 ${h}`;
    case 7:
      return `0 ${h} ${w} 0 0 0`;
    case 8:
      return `0 ${h} -${w} 0 ${w} 0`;
  }
}

function number(value: number): string {
  return value.toFixed(4).replace(/\.?0+$/, '');
}
