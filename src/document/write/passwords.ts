import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { PDFArray, PDFBool, PDFHexString, PDFName, PDFNumber, PDFString, type PDFDict, type PDFObject } from 'pdf-lib';

/** What pads passwords of revisions 2 to 4 to 32 bytes (ISO 32000-1, algorithm 2). */
const PADDING = Buffer.from('28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a', 'hex');
const NO_BYTES = Buffer.alloc(0);
const NO_IV = Buffer.alloc(16);

/** Entries of an encryption dictionary (ISO 32000-2, tables 21 and 22); the strings in bytes. */
export interface PasswordEntries {
  readonly R: number;
  readonly O: Uint8Array;
  readonly U: Uint8Array;
  readonly OE?: Uint8Array;
  readonly UE?: Uint8Array;
  /** Bits of the key; revisions 2 to 4. */
  readonly Length: number;
  /** The permissions' bits, and the first part of the trailer's /ID; revisions 2 to 4. */
  readonly P: number;
  readonly ID: Uint8Array;
  readonly EncryptMetadata: boolean;
}

/** What an encryption dictionary says of passwords. @param id the trailer's /ID */
export function passwordEntriesOf(encrypt: PDFDict, id: PDFObject | undefined): PasswordEntries {
  const numberAt = (key: string, fallback: number) => encrypt.lookupMaybe(PDFName.of(key), PDFNumber)?.asNumber() ?? fallback;
  const stringAt = (key: string) => encrypt.lookupMaybe(PDFName.of(key), PDFString, PDFHexString)?.asBytes();
  return {
    R: numberAt('R', 2),
    O: stringAt('O') ?? new Uint8Array(),
    U: stringAt('U') ?? new Uint8Array(),
    OE: stringAt('OE'),
    UE: stringAt('UE'),
    Length: numberAt('V', 0) === 4 ? 128 : numberAt('Length', 40),
    P: numberAt('P', 0),
    ID: firstOf(encrypt.context.lookupMaybe(id, PDFArray)),
    EncryptMetadata: encrypt.lookupMaybe(PDFName.of('EncryptMetadata'), PDFBool)?.asBoolean() ?? true,
  };
}

function firstOf(id: PDFArray | undefined): Uint8Array {
  return id?.lookupMaybe(0, PDFString, PDFHexString)?.asBytes() ?? new Uint8Array();
}

/**
 * The user's password that the owner's gives (ISO 32000-1, algorithm 7), revisions 2 to 4. Null when the password given is not the
 * owner's: what comes out then does not open the file.
 */
export function userPasswordBehind(owner: string, entries: PasswordEntries): string | null {
  const { R, O } = entries;
  const key = hashedOften(md5(padded(Buffer.from(owner, 'latin1'))), entries);
  let data: Buffer = Buffer.from(O.subarray(0, 32));
  for (let i = R >= 3 ? 19 : 0; i >= 0; i--) data = rc4(Buffer.from(key.map((byte) => byte ^ i)), data);
  if (data.length < 32 || keyForUser(data, entries) === null) return null;
  let length = 0;
  while (!data.subarray(length).equals(PADDING.subarray(0, 32 - length))) length++;
  return data.toString('latin1', 0, length);
}

/** The key a user's password, padded, gives, or null when it does not open the file (ISO 32000-1, algorithms 2, 4, 5 and 6). */
function keyForUser(password: Buffer, entries: PasswordEntries): Buffer | null {
  const { R, O, U, P, ID, EncryptMetadata } = entries;
  const permissions = Buffer.alloc(4);
  permissions.writeInt32LE(P | 0);
  const plainMetadata = Buffer.alloc(R >= 4 && !EncryptMetadata ? 4 : 0, 0xff);
  const key = hashedOften(md5(Buffer.concat([password, O.subarray(0, 32), permissions, ID, plainMetadata])), entries);
  if (R < 3) return rc4(key, PADDING).equals(U.subarray(0, 32)) ? key : null;
  let check = md5(Buffer.concat([PADDING, ID]));
  for (let i = 0; i < 20; i++) check = rc4(Buffer.from(key.map((byte) => byte ^ i)), check);
  return check.equals(U.subarray(0, 16)) ? key : null;
}

/** A key as long as the file's: from revision 3 on its bytes are hashed fifty times more. */
function hashedOften(hash: Buffer, { R, Length }: PasswordEntries): Buffer {
  const length = R >= 3 ? Length / 8 : 5;
  let key = hash.subarray(0, length);
  for (let i = 0; R >= 3 && i < 50; i++) key = md5(key).subarray(0, length);
  return key;
}

function padded(password: Buffer): Buffer {
  return Buffer.concat([password, PADDING]).subarray(0, 32);
}

/** The file's key, opened with either of its passwords. Null: the password is neither. */
export function fileKey(password: string, entries: PasswordEntries): Buffer | null {
  if (entries.R >= 5) return unwrappedKey(password, entries);
  const user = userPasswordBehind(password, entries) ?? password;
  return keyForUser(padded(Buffer.from(user, 'latin1')), entries);
}

/** ISO 32000-2, algorithm 2.A: revisions 5 and 6. */
function unwrappedKey(password: string, { R, O, U, OE, UE }: PasswordEntries): Buffer | null {
  if (OE === undefined || UE === undefined) return null;
  const bytes = Buffer.from(password, 'utf8').subarray(0, 127);
  const user = Buffer.from(U.subarray(0, 48));
  const ways = [
    { entry: user, wrapped: UE, about: NO_BYTES },
    { entry: Buffer.from(O.subarray(0, 48)), wrapped: OE, about: user },
  ];
  for (const { entry, wrapped, about } of ways) {
    const hashWith = (salt: Buffer) => passwordHash(bytes, salt, about, R);
    if (!hashWith(entry.subarray(32, 40)).equals(entry.subarray(0, 32))) continue;
    const decipher = createDecipheriv('aes-256-cbc', hashWith(entry.subarray(40, 48)), NO_IV).setAutoPadding(false);
    return Buffer.concat([decipher.update(wrapped.subarray(0, 32)), decipher.final()]);
  }
  return null;
}

/** /Perms (ISO 32000-2, algorithm 10) of these permissions, for a file with enciphered metadata. */
export function permissionsEntry(permissions: number, key: Buffer): Buffer {
  const plain = Buffer.alloc(16, 0xff);
  plain.writeInt32LE(permissions | 0, 0);
  plain.write('Tadb', 8, 'latin1');
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(plain), cipher.final()]);
}

/** ISO 32000-2, algorithm 2.B; of revision 5, its first step alone. */
function passwordHash(password: Buffer, salt: Buffer, about: Buffer, revision: number): Buffer {
  let hash: Buffer = createHash('sha256').update(password).update(salt).update(about).digest();
  let last = 0;
  for (let round = 0; revision >= 6 && (round < 64 || last > round - 32); round++) {
    const block = Buffer.concat([password, hash, about]);
    const cipher = createCipheriv('aes-128-cbc', hash.subarray(0, 16), hash.subarray(16, 32)).setAutoPadding(false);
    const mixed = cipher.update(Buffer.concat(Array.from({ length: 64 }, () => block)));
    const kind = mixed.subarray(0, 16).reduce((sum, byte) => sum + byte, 0) % 3;
    hash = createHash(['sha256', 'sha384', 'sha512'][kind]!).update(mixed).digest();
    last = mixed.at(-1)!;
  }
  return hash.subarray(0, 32);
}

function md5(data: Uint8Array): Buffer {
  return createHash('md5').update(data).digest();
}

export function rc4(key: Uint8Array, data: Uint8Array): Buffer {
  const state = Uint8Array.from({ length: 256 }, (_, i) => i);
  const swap = (i: number, j: number) => ([state[i], state[j]] = [state[j]!, state[i]!]);
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + state[i]! + key[i % key.length]!) & 255;
    swap(i, j);
  }
  let [a, b] = [0, 0];
  return Buffer.from(data).map((byte) => {
    a = (a + 1) & 255;
    b = (b + state[a]!) & 255;
    swap(a, b);
    return byte ^ state[(state[a]! + state[b]!) & 255]!;
  }) as Buffer;
}
