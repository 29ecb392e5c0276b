import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import {
  PDFArray,
  PDFDict,
  PDFDocument,
  PDFHexString,
  PDFInvalidObject,
  PDFName,
  PDFNumber,
  PDFStream,
  type PDFObject,
} from 'pdf-lib';
import { isDiskFull } from '../../errors/ocr-error.js';
import { decipherByOwnFilters, leavesPagesClear } from './crypt-filters.js';
import { fileKey, passwordEntriesOf, permissionsEntry, userPasswordBehind } from './passwords.js';
import { encipherStrings, repairDecipheredStrings } from './pdf-strings.js';
import type { Encryption, KeptPasswords, RewriteAnswer, RewriteOrder } from './rewrite-pdf.js';

/** Bits of /P (ISO 32000-1, table 22), counted from 1 as there. */
const PERMISSION_BITS = {
  modifying: 4,
  copying: 5,
  annotating: 6,
  fillingForms: 9,
  contentAccessibility: 10,
  documentAssembly: 11,
} as const;
const PRINT_BIT = 3;
const PRINT_WELL_BIT = 12;

/** Keeps the document as it is: no new dates, no redrawn form fields, no XFA lost. */
const LOAD = { updateMetadata: false, preserveXFA: true } as const;
const SAVE = { addDefaultPage: false, updateFieldAppearances: false, useObjectStreams: false } as const;

async function rewrite(input: string, output: string, password: string): Promise<RewriteAnswer> {
  const bytes = await readFile(input);
  const probe = await PDFDocument.load(bytes, { ...LOAD, ignoreEncryption: true });
  const encrypt = probe.context.lookup(probe.context.trailerInfo.Encrypt);
  // where pages are in the clear the file is taken as it is, with what is enciphered in it and the dictionary that says how
  const isEncrypted = encrypt instanceof PDFDict && !leavesPagesClear(encrypt);
  let document = probe;
  if (isEncrypted) {
    try {
      const hasId = probe.context.lookup(probe.context.trailerInfo.ID) instanceof PDFArray;
      document = await PDFDocument.load(hasId ? bytes : withEmptyId(bytes), { ...LOAD, password });
    } catch (error) {
      const wrongPassword = error instanceof Error && /NEEDS PASSWORD|Password incorrect/i.test(error.message);
      return { ok: false, code: wrongPassword ? 'password_required' : 'merge_failed', message: String(error) };
    }
  }
  // pdf-lib stumbles over the cross-reference streams of encrypted files, which are in the clear, and with them loses the trailer
  const { Root, Info, ID } = probe.context.trailerInfo;
  document.context.trailerInfo = { ...document.context.trailerInfo, Root, Info, ID };
  if (isEncrypted) {
    repairDecipheredStrings(document.context);
    const key = fileKey(password, passwordEntriesOf(encrypt, ID));
    if (key) decipherByOwnFilters(document.context, probe.context, encrypt, key);
  }
  dropFileStructure(document, isEncrypted);
  document.getPageCount(); // throws when there is no usable page tree
  await writeFile(output, await document.save(SAVE));
  return { ok: true, encryption: isEncrypted ? encryptionOf(encrypt, ID, password) : null };
}

/**
 * The file with an empty /ID in its trailers, which says what none says, and without which pdf-lib deciphers nothing. That the bytes behind it move does not matter to
 * pdf-lib, which goes through the file from its start.
 */
function withEmptyId(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(/trailer\s*<</g, '$&/ID[<><>]'), 'latin1');
}

/**
 * pdf-lib keeps the old file's own structure among the objects; in a new file it would be read as if it were in force. What it could not
 * read of an encrypted file is such structure, too, or gibberish.
 */
function dropFileStructure({ context }: PDFDocument, isEncrypted: boolean): void {
  for (const [ref, object] of context.enumerateIndirectObjects()) {
    const type = object instanceof PDFStream ? object.dict.get(PDFName.of('Type')) : null;
    const isStructure = type === PDFName.of('XRef') || type === PDFName.of('ObjStm');
    if (isStructure || (isEncrypted && object instanceof PDFInvalidObject)) context.delete(ref);
  }
}

function encryptionOf(encrypt: PDFDict, id: PDFObject | undefined, password: string): Encryption {
  const entries = passwordEntriesOf(encrypt, id);
  const { P: bits, R: revision } = entries;
  const has = (bit: number) => (bits & (1 << (bit - 1))) !== 0;
  const permissions: Encryption['permissions'] = {
    ...Object.fromEntries(Object.entries(PERMISSION_BITS).map(([name, bit]) => [name, has(bit)])),
    printing: has(PRINT_BIT) && (has(PRINT_WELL_BIT) ? 'highResolution' : 'lowResolution'),
  };
  const key = revision >= 5 ? fileKey(password, entries) : null;
  if (key !== null) return { permissions, password, kept: { entries, key } };
  const user = revision < 5 ? userPasswordBehind(password, entries) : null;
  return user === null ? { permissions, password } : { permissions, password: user, owner: password };
}

async function encrypt(path: string, { password, owner, permissions, kept }: Encryption): Promise<RewriteAnswer> {
  const document = await PDFDocument.load(await readFile(path), LOAD);
  // an owner's password that is not known becomes a random one, which keeps the permissions in force; so does an empty one, which
  // pdf-lib does not take with an empty user's password
  const ownerPassword = owner || randomBytes(24).toString('base64');
  document.encrypt({ userPassword: password, ownerPassword, permissions });
  if (kept) keepPasswords(document, kept);
  encipherStrings(document.context);
  await writeFile(`${path}.encrypted`, await document.save(SAVE));
  await rename(`${path}.encrypted`, path);
  return { ok: true, encryption: null };
}

/** Enciphers the document with the key its source had, so that all passwords of the source open it. */
function keepPasswords({ context }: PDFDocument, { entries, key }: KeptPasswords): void {
  const { security, trailerInfo } = context;
  const encrypt = context.lookup(trailerInfo.Encrypt, PDFDict);
  const set = (name: string, bytes: Uint8Array = new Uint8Array()) =>
    encrypt.set(PDFName.of(name), PDFHexString.of(Buffer.from(bytes).toString('hex')));
  for (const name of ['O', 'U', 'OE', 'UE'] as const) set(name, entries[name]);
  encrypt.set(PDFName.of('R'), PDFNumber.of(entries.R));
  const secret = Buffer.from(key);
  set('Perms', permissionsEntry(encrypt.lookup(PDFName.of('P'), PDFNumber).asNumber(), secret));
  // pdf-lib makes a key of its own, and hides it
  (security as unknown as { encryptionKey: Uint8Array }).encryptionKey = secret;
}

const order = workerData as RewriteOrder;
try {
  const answer =
    order.action === 'rewrite'
      ? await rewrite(order.input, order.output, order.password)
      : await encrypt(order.path, order.encryption);
  parentPort?.postMessage(answer);
} catch (error) {
  const code = isDiskFull(error) ? 'storage_full' : 'merge_failed';
  parentPort?.postMessage({ ok: false, code, message: String(error) } satisfies RewriteAnswer);
}
