/**
 * A process of its own for a tesseract library: `host <library> <version> <language data> <language> <segmentation>`. It does what
 * `tesseract stdin stdout -c stream_filelist=1 -c tessedit_create_tsv=1` does, in less time (see `tsvRows`): takes names of image files, as
 * `tiffHeader` makes them, from its stdin, a line each, and writes the TSV of each, the page's row first, to its stdout at once.
 */
import { createInterface } from 'node:readline';
import { TiffReader } from './page-files.js';
import { TesseractLibrary } from './tesseract-library.js';

const [path, version, tessdata, language, segmentation] = process.argv.slice(2) as [string, string, string, string, string];
const library = TesseractLibrary.open(path, version, tessdata, language, Number(segmentation));
const files = new TiffReader();
let page = 0;

createInterface({ input: process.stdin }).on('line', (file) => {
  const image = files.read(file);
  const rows = library.read(image);
  page += 1;
  process.stdout.write(`1\t${page}\t0\t0\t0\t0\t0\t0\t${image.width}\t${image.height}\t-1\t\n${rows}`);
});
