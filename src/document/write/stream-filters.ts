import { constants, inflateSync } from 'node:zlib';
import { decodePDFRawStream, PDFArray, PDFDict, PDFName, PDFNumber, PDFRawStream, type PDFObject } from 'pdf-lib';
import { isIdentity } from './crypt-filters.js';
import { UnreadablePdf } from './unreadable-pdf.js';

/** No content, cross-reference or object stream of an honest document unpacks to more. */
const MAX_DECODED_BYTES = 256 * 1024 * 1024;

const FLATE = '/FlateDecode';
/** Left to pdf-lib: rare, and small wherever they are met. */
const RARE_FILTERS = new Set(['/LZWDecode', '/ASCII85Decode', '/ASCIIHexDecode', '/RunLengthDecode']);

/**
 * Undoes a stream's filters (ISO 32000-1 §7.4). `dict` must hold /Filter and /DecodeParms as direct objects.
 * @throws UnreadablePdf when a filter is unknown or its data is broken or unpacks to an absurd size
 */
export function decodeStream(dict: PDFDict, data: Uint8Array): Uint8Array {
  const filters = listOf(dict.get(PDFName.of('Filter')));
  const parms = listOf(dict.get(PDFName.of('DecodeParms')));
  let bytes = data;
  filters.forEach((filter, index) => {
    const name = filter.toString();
    const parm = parms[index];
    if (name === FLATE) bytes = undoPredictor(inflate(bytes), parm instanceof PDFDict ? parm : null);
    else if (name === '/Crypt' && isIdentity(parm)) return;
    else if (RARE_FILTERS.has(name)) bytes = undoWithPdfLib(filter, parm, bytes, dict);
    else throw new UnreadablePdf(`Filter ${name} is not one of text streams`);
  });
  return bytes;
}

function listOf(value: PDFObject | undefined): PDFObject[] {
  if (value instanceof PDFArray) return value.asArray();
  return value instanceof PDFName || value instanceof PDFDict ? [value] : [];
}

/** A missing end or check sum is forgiven, as every viewer does. */
function inflate(bytes: Uint8Array): Uint8Array {
  try {
    return inflateSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_DECODED_BYTES });
  } catch (error) {
    throw new UnreadablePdf('A stream cannot be unpacked', { cause: error });
  }
}

function undoWithPdfLib(filter: PDFObject, parm: PDFObject | undefined, bytes: Uint8Array, dict: PDFDict): Uint8Array {
  const single = PDFDict.fromMapWithContext(new Map<PDFName, PDFObject>([[PDFName.of('Filter'), filter]]), dict.context);
  if (parm) single.set(PDFName.of('DecodeParms'), parm);
  try {
    return decodePDFRawStream(PDFRawStream.of(single, bytes)).decode();
  } catch (error) {
    throw new UnreadablePdf('A stream cannot be unpacked', { cause: error });
  }
}

/** PNG predictors (RFC 2083 §6), the only ones met on the streams read here. */
function undoPredictor(bytes: Uint8Array, parms: PDFDict | null): Uint8Array {
  const predictor = numberIn(parms, 'Predictor', 1);
  if (predictor === 1) return bytes;
  if (predictor < 10) throw new UnreadablePdf('TIFF predictor on a stream that is no image');
  const bytesPerPixel = Math.max(1, (numberIn(parms, 'Colors', 1) * numberIn(parms, 'BitsPerComponent', 8)) >> 3);
  const rowLength = Math.ceil(
    (numberIn(parms, 'Columns', 1) * numberIn(parms, 'Colors', 1) * numberIn(parms, 'BitsPerComponent', 8)) / 8,
  );
  const rows = Math.floor(bytes.length / (rowLength + 1));
  const out = new Uint8Array(rows * rowLength);
  for (let row = 0; row < rows; row++) {
    const type = bytes[row * (rowLength + 1)] ?? 0;
    const start = row * rowLength;
    for (let i = 0; i < rowLength; i++) {
      const left = i >= bytesPerPixel ? (out[start + i - bytesPerPixel] ?? 0) : 0;
      const up = row > 0 ? (out[start + i - rowLength] ?? 0) : 0;
      const upLeft = row > 0 && i >= bytesPerPixel ? (out[start + i - rowLength - bytesPerPixel] ?? 0) : 0;
      out[start + i] = (bytes[row * (rowLength + 1) + 1 + i] ?? 0) + predicted(type, left, up, upLeft);
    }
  }
  return out;
}

function predicted(type: number, left: number, up: number, upLeft: number): number {
  if (type === 0) return 0;
  if (type === 1) return left;
  if (type === 2) return up;
  if (type === 3) return (left + up) >> 1;
  const estimate = left + up - upLeft;
  const [dLeft, dUp, dUpLeft] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - upLeft)];
  if (dLeft <= dUp && dLeft <= dUpLeft) return left;
  return dUp <= dUpLeft ? up : upLeft;
}

function numberIn(dict: PDFDict | null, key: string, fallback: number): number {
  const value = dict?.get(PDFName.of(key));
  return value instanceof PDFNumber ? value.asNumber() : fallback;
}
