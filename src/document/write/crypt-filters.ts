import { createDecipheriv, createHash } from 'node:crypto';
import {
  PDFArray,
  PDFBool,
  PDFDict,
  PDFName,
  PDFNull,
  PDFNumber,
  PDFRawStream,
  type PDFContext,
  type PDFObject,
  type PDFRef,
} from 'pdf-lib';
import { rc4 } from './passwords.js';

const CRYPT = PDFName.of('Crypt');
const IDENTITY = PDFName.of('Identity');
const [FILTER, PARMS] = [PDFName.of('Filter'), PDFName.of('DecodeParms')];
/** Follows the object's number where its key is one for AES (ISO 32000-1, algorithm 1). */
const AES_SALT = Buffer.from('sAlT', 'latin1');
const BLOCK = 16;

/**
 * Whether what this encryption dictionary enciphers are single streams at most, those that name a crypt filter and attachments (ISO 32000-1 §7.6.5):
 * all else is read, and may be added to, without a key.
 */
export function leavesPagesClear(encrypt: PDFDict): boolean {
  const version = encrypt.get(PDFName.of('V'));
  const isDefault = (key: string) => (encrypt.get(PDFName.of(key)) ?? IDENTITY) === IDENTITY;
  return version instanceof PDFNumber && version.asNumber() >= 4 && isDefault('StmF') && isDefault('StrF');
}

/** Whether a Crypt filter with these parameters does nothing. */
export function isIdentity(parms: PDFObject | undefined): boolean {
  if (parms === undefined || parms === PDFNull) return true;
  return parms instanceof PDFDict && (parms.get(PDFName.of('Name')) ?? IDENTITY) === IDENTITY;
}

/**
 * pdf-lib deciphers all streams by the default filter. Those that have another one (of their own, as attachments, or as metadata in the clear) get
 * here what they really hold. None then names a crypt filter.
 * @param document as pdf-lib deciphered it
 * @param enciphered the same, as it is stored
 */
export function decipherByOwnFilters(document: PDFContext, enciphered: PDFContext, encrypt: PDFDict, key: Buffer): void {
  const version = encrypt.lookup(PDFName.of('V'));
  // Before that there are none.
  if (!(version instanceof PDFNumber) || version.asNumber() < 4) return;
  const usual = nameIn(encrypt, 'StmF');
  for (const [ref, stream] of document.enumerateIndirectObjects()) {
    if (!(stream instanceof PDFRawStream)) continue;
    const stored = enciphered.lookup(ref);
    const filter = filterOf(stream.dict, encrypt);
    dropCryptFilter(stream.dict);
    if (filter === usual || !(stored instanceof PDFRawStream)) continue;
    stream.updateContents(deciphered(stored.contents, methodOf(encrypt, filter), key, ref));
  }
}

/** The filter a stream is enciphered with (ISO 32000-2, tables 14 and 20). */
function filterOf(dict: PDFDict, encrypt: PDFDict): PDFName {
  const [filters, parms] = [listOf(dict.lookup(FILTER)), listOf(dict.lookup(PARMS))];
  const own = filters.findIndex((filter) => filter === CRYPT);
  const ownParms = dict.context.lookup(parms[own]);
  if (own !== -1) return ownParms instanceof PDFDict ? nameIn(ownParms, 'Name') : IDENTITY;
  const type = dict.lookup(PDFName.of('Type'));
  const metadataToo = encrypt.lookup(PDFName.of('EncryptMetadata')) !== PDFBool.False;
  if (type === PDFName.of('Metadata') && !metadataToo) return IDENTITY;
  if (type === PDFName.of('EmbeddedFile') && encrypt.has(PDFName.of('EFF'))) return nameIn(encrypt, 'EFF');
  return nameIn(encrypt, 'StmF');
}

function nameIn(dict: PDFDict, key: string): PDFName {
  const name = dict.lookup(PDFName.of(key));
  return name instanceof PDFName ? name : IDENTITY;
}

function methodOf(encrypt: PDFDict, filter: PDFName): string {
  const filters = encrypt.lookup(PDFName.of('CF'));
  const description = filters instanceof PDFDict ? filters.lookup(filter) : undefined;
  return description instanceof PDFDict ? nameIn(description, 'CFM').decodeText() : 'None';
}

function deciphered(data: Uint8Array, method: string, key: Buffer, { objectNumber, generationNumber }: PDFRef): Uint8Array {
  if (method !== 'V2' && method !== 'AESV2' && method !== 'AESV3') return data;
  if (method === 'AESV3') return withoutAes('aes-256-cbc', key, data);
  const number = Buffer.alloc(5);
  number.writeUIntLE(objectNumber & 0xffffff, 0, 3);
  number.writeUIntLE(generationNumber & 0xffff, 3, 2);
  const salted = Buffer.concat([key, number, ...(method === 'AESV2' ? [AES_SALT] : [])]);
  const ownKey = createHash('md5')
    .update(salted)
    .digest()
    .subarray(0, Math.min(key.length + 5, 16));
  return method === 'V2' ? rc4(ownKey, data) : withoutAes('aes-128-cbc', ownKey, data);
}

/** The first block is the vector to start with; what the last one is filled up with goes. */
function withoutAes(algorithm: 'aes-128-cbc' | 'aes-256-cbc', key: Buffer, data: Uint8Array): Uint8Array {
  const whole = data.length - (data.length % BLOCK);
  if (whole < 2 * BLOCK) return new Uint8Array();
  const decipher = createDecipheriv(algorithm, key, data.subarray(0, BLOCK)).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(data.subarray(BLOCK, whole)), decipher.final()]);
  const padding = plain.at(-1) ?? 0;
  return padding >= 1 && padding <= BLOCK ? plain.subarray(0, plain.length - padding) : plain;
}

function dropCryptFilter(dict: PDFDict): void {
  const [filters, parms] = [listOf(dict.lookup(FILTER)), listOf(dict.lookup(PARMS))];
  const own = filters.findIndex((filter) => filter === CRYPT);
  if (own === -1) return;
  const set = (key: PDFName, list: PDFObject[]) => (list.length === 0 ? dict.delete(key) : dict.set(key, dict.context.obj(list)));
  set(FILTER, filters.toSpliced(own, 1));
  set(PARMS, parms.toSpliced(own, 1));
}

function listOf(value: PDFObject | undefined): PDFObject[] {
  if (value instanceof PDFArray) return value.asArray();
  return value === undefined ? [] : [value];
}
