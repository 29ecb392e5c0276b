import { PDFHexString, PDFName, PDFString, type PDFDict } from 'pdf-lib';
import type { PdfSource } from '../write/pdf-source.js';
import type { DocumentInformation } from './xmp.js';

/** Key of the information dictionary by name (ISO 32000-1, table 317). */
const KEYS = {
  title: 'Title',
  author: 'Author',
  subject: 'Subject',
  keywords: 'Keywords',
  creator: 'Creator',
  producer: 'Producer',
  created: 'CreationDate',
  modified: 'ModDate',
} as const satisfies Record<keyof DocumentInformation, string>;

const DATE = /^D:(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:(Z)|([+-])(\d\d)'?(\d\d)?'?)?/;

/** What the source's information dictionary says. Dates that are none are left out, as is what is empty. */
export async function readInformation(source: PdfSource): Promise<DocumentInformation> {
  const info = await source.dict(source.xref.trailer.get(PDFName.of('Info')));
  const found: DocumentInformation = {};
  for (const [name, key] of Object.entries(KEYS) as [keyof DocumentInformation, string][]) {
    const value = await source.resolve(info?.get(PDFName.of(key)));
    if (!(value instanceof PDFString || value instanceof PDFHexString)) continue;
    const text = value.decodeText().replaceAll('\0', '').trim();
    const said = name === 'created' || name === 'modified' ? isoDate(text) : text;
    if (said !== null && said !== '') found[name] = said;
  }
  return found;
}

/** The information dictionary that says the same. */
export function informationDict(info: DocumentInformation, context: PDFDict['context']): PDFDict {
  const dict = context.obj({});
  for (const [name, key] of Object.entries(KEYS) as [keyof DocumentInformation, string][]) {
    const text = info[name];
    if (text === undefined) continue;
    const isDate = name === 'created' || name === 'modified';
    dict.set(PDFName.of(key), isDate ? PDFString.of(pdfDate(text)) : PDFHexString.fromText(text));
  }
  return dict;
}

/** `D:20260102030405+01'00'` as `2026-01-02T03:04:05+01:00`; a date without a zone counts as UTC. Null when it is no date. */
export function isoDate(text: string): string | null {
  const found = DATE.exec(text);
  if (!found) return null;
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', , sign, zoneHour, zoneMinute = '00'] =
    found;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}${sign ? `${sign}${zoneHour}:${zoneMinute}` : 'Z'}`;
  return Number.isNaN(Date.parse(iso)) ? null : iso;
}

function pdfDate(iso: string): string {
  const [date = '', zone = ''] = [iso.slice(0, 19), iso.slice(19)];
  return `D:${date.replace(/[-T:]/g, '')}${zone === 'Z' ? 'Z' : `${zone.replace(':', "'")}'`}`;
}
