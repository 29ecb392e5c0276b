import {
  decodePDFRawStream,
  PDFArray,
  PDFDict,
  PDFHexString,
  PDFName,
  PDFNumber,
  PDFRawStream,
  PDFStream,
  PDFString,
} from 'pdf-lib';
import type { PDFContext, PDFObject } from 'pdf-lib';
import { SliceParser } from './slice-parser.js';

/**
 * pdf-lib deciphers literal strings but does not escape what comes out, and would write a parenthesis in it as the string's end. Only
 * objects outside object streams are concerned: within, only the stream as a whole is enciphered.
 */
export function repairDecipheredStrings(context: PDFContext): void {
  const packed = packedObjects(context);
  for (const [ref, object] of context.enumerateIndirectObjects()) {
    if (packed.has(ref.objectNumber)) continue;
    const repair = (string: PDFString | PDFHexString) =>
      string instanceof PDFString ? hexString(Buffer.from(string.asString(), 'latin1')) : string;
    context.assign(ref, mapStrings(object, repair));
  }
}

/** Enciphers every string of the document, which pdf-lib leaves in the clear; the streams it enciphers itself when it saves. */
export function encipherStrings(context: PDFContext): void {
  const { security, trailerInfo } = context;
  for (const [ref, object] of context.enumerateIndirectObjects()) {
    if (!security || ref === trailerInfo.Encrypt) continue;
    const encipher = security.getEncryptFn(ref.objectNumber, ref.generationNumber);
    context.assign(
      ref,
      mapStrings(object, (string) => hexString(encipher(string.asBytes()))),
    );
  }
}

/** The object with every string in it, at any depth, replaced; dictionaries and arrays are changed in place. */
export function mapStrings(object: PDFObject, replace: (string: PDFString | PDFHexString) => PDFObject): PDFObject {
  if (object instanceof PDFString || object instanceof PDFHexString) return replace(object);
  if (object instanceof PDFStream) mapStrings(object.dict, replace);
  else if (object instanceof PDFDict) for (const [key, value] of object.entries()) object.set(key, mapStrings(value, replace));
  else if (object instanceof PDFArray) object.asArray().forEach((item, i) => object.set(i, mapStrings(item, replace)));
  return object;
}

function packedObjects(context: PDFContext): Set<number> {
  const numbers = new Set<number>();
  for (const [, object] of context.enumerateIndirectObjects()) {
    if (!(object instanceof PDFRawStream) || object.dict.get(PDFName.of('Type')) !== PDFName.of('ObjStm')) continue;
    const count = object.dict.lookup(PDFName.of('N'), PDFNumber).asNumber();
    const head = new SliceParser(decodePDFRawStream(object).decode()).integers(count * 2);
    for (let i = 0; i < head.length; i += 2) numbers.add(head[i] ?? 0);
  }
  return numbers;
}

export function hexString(bytes: Uint8Array): PDFHexString {
  return PDFHexString.of(Buffer.from(bytes).toString('hex'));
}
