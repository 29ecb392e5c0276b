import { PDFArray, PDFDict, PDFHexString, PDFNumber, PDFStream, type PDFObject } from 'pdf-lib';

/** Characters that end the token before them, so that no white space is needed in front. */
const DELIMITER = /^[/[<(]/;

/** An object in as few bytes as it can be written in, one character a byte. A stream gives its dictionary. */
export function serialize(object: PDFObject): string {
  if (object instanceof PDFStream) return serialize(object.dict);
  if (object instanceof PDFDict) {
    const entries = object.entries().map(([key, value]) => key.toString() + spaced(serialize(value)));
    return `<<${entries.join('')}>>`;
  }
  if (object instanceof PDFArray) {
    const items = object.asArray().map((item) => serialize(item));
    return `[${items.map((item, i) => (i === 0 ? item : spaced(item))).join('')}]`;
  }
  if (object instanceof PDFNumber) return object.toString().replace(/^(-?)0\./, '$1.');
  // half a byte at the end means a zero is missing (ISO 32000-1 §7.3.4.3), which PDF/A wants written
  if (object instanceof PDFHexString) return evenHex(object.asString());
  return object.toString();
}

function spaced(text: string): string {
  return DELIMITER.test(text) ? text : ` ${text}`;
}

function evenHex(digits: string): string {
  const clean = digits.replace(/[^0-9A-Fa-f]/g, '');
  return `<${clean}${clean.length % 2 === 0 ? '' : '0'}>`;
}
