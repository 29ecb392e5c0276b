import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canMount } from '../../test/support/can-mount.js';
import { loadSettings } from '../config/load-settings.js';
import { LocalDocumentStore } from './local-document-store.js';
import { OutputWriter, type DeliveredDocument, type DeliveryNotes } from './output-writer.js';

const notAllowed = expect.objectContaining({ code: 'output_not_allowed' });
const results = [
  { key: 't/1/result.pdf', extension: 'pdf' },
  { key: 't/1/result.txt', extension: 'txt' },
];

/** A document whose files may have the names they would have. */
const named = (name: string, notes: Partial<DeliveryNotes> = {}): DeliveredDocument => ({
  name,
  mark: '0123',
  notes: { known: () => Promise.resolve(new Set()), note: () => Promise.resolve(true), ...notes },
});

describe('OutputWriter', () => {
  let folder: string;
  let outbox: string;
  let store: LocalDocumentStore;
  let writer: OutputWriter;

  const make = (...roots: string[]) =>
    new OutputWriter(loadSettings({ data_dir: join(folder, 'data'), output_roots: roots }, {}, folder), store);
  const filesIn = async (path: string) => (await readdir(path)).sort();

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'ocr-output-')));
    outbox = join(folder, 'outbox');
    await mkdir(join(outbox, 'there'), { recursive: true });
    await mkdir(join(folder, 'second'));
    store = new LocalDocumentStore(join(folder, 'data', 'store'));
    await store.put('t/1/result.pdf', Buffer.from('the PDF'));
    await store.put('t/1/result.txt', Buffer.from('the text'));
    writer = make(outbox, join(folder, 'second'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('fills an existing folder, or one that a slash at the end asks for, under the name of the document', async () => {
    for (const place of [join(outbox, 'there'), `${outbox}/made/on/demand/`, 'relative/', outbox]) {
      await writer.checkOutputPath(place);
      const paths = await writer.deliver(place, named('Ma facture n° 3.tar.tiff'), results);
      const target = place === 'relative/' ? join(outbox, 'relative') : place;
      expect(paths).toEqual([join(target, 'Ma facture n° 3.tar.pdf'), join(target, 'Ma facture n° 3.tar.txt')]);
      expect(await readFile(paths[0] ?? '', 'utf8')).toBe('the PDF');
      expect(await readFile(paths[1] ?? '', 'utf8')).toBe('the text');
    }
    expect(await filesIn(join(outbox, 'there'))).toEqual(['Ma facture n° 3.tar.pdf', 'Ma facture n° 3.tar.txt']);
  });

  it('takes the name of the PDF, and puts the other formats beside it', async () => {
    await writer.checkOutputPath(join(outbox, 'new', 'scan.v2.PDF'));
    await writer.deliver(join(outbox, 'new', 'scan.v2.PDF'), named('ignored.pdf'), results);
    expect(await filesIn(join(outbox, 'new'))).toEqual(['scan.v2.pdf', 'scan.v2.txt']);
  });

  it('makes the default outbox', async () => {
    const standard = make();
    await standard.checkOutputPath('a.pdf');
    await standard.deliver('a.pdf', named('a'), results);
    expect(await filesIn(join(folder, 'data', 'outbox'))).toEqual(['a.pdf', 'a.txt']);
  });

  it('makes no root that was set, and says so until it is there: it may be a share that is not mounted', async () => {
    const share = join(folder, 'mnt', 'share');
    const within = join(outbox, 'share');
    const broken = join(folder, 'broken');
    await symlink(join(folder, 'nowhere'), broken);
    const shared = make(share, outbox, within, broken);
    const before = [await filesIn(folder), await filesIn(outbox)];
    for (const place of ['a.pdf', 'below/', share, join(share, 'a.pdf'), `${share}/below/`, `${within}/below/`, `${broken}/`]) {
      const gone = expect.objectContaining({ code: 'delivery_failed', retryable: true });
      await expect(shared.checkOutputPath(place), place).rejects.toEqual(gone);
      const error: unknown = await shared.deliver(place, named('a'), results).catch((thrown: unknown) => thrown);
      expect(error, place).toEqual(gone);
      expect((error as Error).message).toMatch(/not there on this node.*OCR_OUTPUT_ROOTS/);
      expect((error as Error).message).not.toContain(folder);
    }
    expect([await filesIn(folder), await filesIn(outbox)]).toEqual(before);
    // The others are as good as ever, and the missing one once it is there.
    await shared.deliver(`${outbox}/there/`, named('a'), results);
    await mkdir(share, { recursive: true });
    await shared.deliver('below/', named('a'), results);
    expect(await filesIn(join(share, 'below'))).toEqual(['a.pdf', 'a.txt']);
  });

  it('may be repeated: whole files replace whole files, and nothing else is touched', async () => {
    const place = join(outbox, 'there');
    await writeFile(join(place, 'a.pdf'), 'something longer that was there before');
    await writeFile(join(place, 'other'), 'x');
    await writer.deliver(place, named('a'), results);
    await writer.deliver(place, named('a'), results);
    expect(await filesIn(place)).toEqual(['a.pdf', 'a.txt', 'other']);
    expect(await readFile(join(place, 'a.pdf'), 'utf8')).toBe('the PDF');
  });

  it('puts files of names that are taken beside them, all of them, and asks about no name the caller chose', async () => {
    const place = join(outbox, 'there');
    await writeFile(join(place, 'a.txt'), 'of others');
    const asked: [string[], string[], boolean][] = [];
    const notes: DeliveryNotes['note'] = async (files, present, isAskedFor) => {
      const there = [...(await present()).keys()];
      asked.push([files.map(({ path }) => basename(path)), there.map((path) => basename(path)), isAskedFor]);
      return there.length === 0;
    };
    const paths = await writer.deliver(place, named('a', { note: notes }), results);
    expect(asked).toEqual([
      [['a.pdf', 'a.txt'], ['a.txt'], false],
      [['a-0123.pdf', 'a-0123.txt'], [], false],
    ]);
    expect(paths).toEqual([join(place, 'a-0123.pdf'), join(place, 'a-0123.txt')]);
    expect(await filesIn(place)).toEqual(['a-0123.pdf', 'a-0123.txt', 'a.txt']);
    expect(await readFile(join(place, 'a.txt'), 'utf8')).toBe('of others');
    await writer.deliver(join(place, 'a.pdf'), named('a', { note: notes }), results);
    expect(asked[2]).toEqual([['a.pdf', 'a.txt'], ['a.txt'], true]);
    expect(await readFile(join(place, 'a.txt'), 'utf8')).toBe('the text');
  });

  it('keeps the names a document was delivered under, and gives up when others have all it might have', async () => {
    const place = join(outbox, 'there');
    const known = (paths: readonly string[]) => Promise.resolve(new Set(paths.filter((path) => path.endsWith('a-0123.txt'))));
    const [path] = await writer.deliver(place, named('a', { known }), results);
    expect(path).toBe(join(place, 'a-0123.pdf'));
    const none = named('a', { note: () => Promise.resolve(false) });
    await expect(writer.deliver(place, none, results)).rejects.toMatchObject({ code: 'delivery_failed', retryable: true });
    expect(await filesIn(place)).toEqual(['a-0123.pdf', 'a-0123.txt']);
  });

  it('tells what it notes by what the files look like once they are there', async () => {
    const place = join(outbox, 'there');
    const noted: string[] = [];
    const note: DeliveryNotes['note'] = (files) => {
      noted.push(...files.map(({ stamp }) => stamp));
      return Promise.resolve(true);
    };
    await writer.deliver(place, named('a', { note }), results);
    let there: ReadonlyMap<string, string> = new Map();
    const look: DeliveryNotes['note'] = async (_files, present) => {
      there = await present();
      return true;
    };
    await writer.deliver(place, named('a', { note: look }), results);
    expect([...there.values()]).toEqual(noted);
  });

  it('puts nothing there when the claim is gone while names are noted', async () => {
    const note = () => Promise.reject(new Error('The claim no longer stands.'));
    await expect(writer.deliver(join(outbox, 'there'), named('a', { note }), results)).rejects.toThrow(
      'The claim no longer stands.',
    );
    expect(await filesIn(join(outbox, 'there'))).toEqual([]);
  });

  it('refuses places outside the roots, links that lead there, and places whose kind is unclear', async () => {
    await mkdir(join(folder, 'outside'));
    await mkdir(join(folder, 'outbox-of-others'));
    await symlink(join(folder, 'outside'), join(outbox, 'link'));
    await symlink(join(folder, 'nowhere'), join(outbox, 'dangling'));
    const refused = [
      join(folder, 'outside'),
      `${folder}/outside/`,
      join(folder, 'outside', 'a.pdf'),
      join(folder, 'outbox-of-others', 'a.pdf'),
      `${outbox}/../a.pdf`,
      '../a.pdf',
      join(outbox, 'link'),
      join(outbox, 'link', 'a.pdf'),
      `${outbox}/link/new/`,
      `${outbox}/dangling/`,
      join(outbox, 'dangling', 'a.pdf'),
      '/a.pdf',
      `${outbox}/a\0.pdf`,
    ];
    for (const place of refused) {
      await expect(writer.checkOutputPath(place), place).rejects.toEqual(notAllowed);
      await expect(writer.deliver(place, named('a'), results), place).rejects.toEqual(notAllowed);
    }
    expect(await filesIn(join(folder, 'outside'))).toEqual([]);
    for (const unclear of ['no-folder', 'name.txt']) {
      await expect(writer.checkOutputPath(join(outbox, unclear))).rejects.toEqual(notAllowed);
    }
  });

  it('replaces a link by a file rather than write through it', async () => {
    await writeFile(join(folder, 'precious'), 'precious');
    await symlink(join(folder, 'precious'), join(outbox, 'a.pdf'));
    await writer.deliver(join(outbox, 'a.pdf'), named('a'), results);
    expect(await readFile(join(folder, 'precious'), 'utf8')).toBe('precious');
    expect(await readFile(join(outbox, 'a.pdf'), 'utf8')).toBe('the PDF');
  });

  it.each([
    ['../../evil.pdf', 'evil'],
    ['C:\\scans\\page.tif', 'page'],
    ['..', 'document'],
    ['', 'document'],
    ['.hidden.pdf', 'hidden'],
    ['a\u0000b\nc:d.pdf', 'a_b_c_d'],
    [`${'é'.repeat(300)}.pdf`, 'é'.repeat(100)],
  ])('makes the document name %j the file name %j', async (documentName, stem) => {
    await writer.deliver(join(outbox, 'there'), named(documentName), results);
    expect(await filesIn(join(outbox, 'there'))).toEqual([`${stem}.pdf`, `${stem}.txt`]);
  });

  it('delivers nothing when one of the results cannot be read', async () => {
    const missing = [...results, { key: 't/1/none', extension: 'json' }];
    await expect(writer.deliver(join(outbox, 'there'), named('a'), missing)).rejects.toMatchObject({ code: 'storage_failed' });
    expect(await filesIn(join(outbox, 'there'))).toEqual([]);
  });

  it('stops when told to and leaves nothing', async () => {
    const abort = AbortSignal.abort();
    await expect(writer.deliver(join(outbox, 'there'), named('a'), results, abort)).rejects.toThrow(/abort/i);
    expect(await filesIn(join(outbox, 'there'))).toEqual([]);
  });

  it('says when the place cannot be written to', async () => {
    await mkdir(join(outbox, 'there', 'a.pdf'));
    await expect(writer.deliver(`${outbox}/there/`, named('a'), results)).rejects.toMatchObject({
      code: 'delivery_failed',
      retryable: true,
    });
    await writeFile(join(outbox, 'file'), 'x');
    await expect(writer.deliver(`${outbox}/file/below/`, named('a'), results)).rejects.toMatchObject({ code: 'delivery_failed' });
    expect(await filesIn(join(outbox, 'there'))).toEqual(['a.pdf']);
  });

  it('removes what a process that crashed a day ago left in the folder', async () => {
    const [old, fresh] = ['.ocr-queue-unfinished-old', '.ocr-queue-unfinished-fresh'];
    for (const name of [old, fresh]) await writeFile(join(outbox, name), 'x');
    const yesterday = new Date(Date.now() - 25 * 3600 * 1000);
    await utimes(join(outbox, old), yesterday, yesterday);
    await writer.deliver(`${outbox}/`, named('a'), results);
    expect(await filesIn(outbox)).toEqual([fresh, 'a.pdf', 'a.txt', 'there']);
  });

  it.skipIf(!canMount())('says when the disk is full, and keeps what was there whole', async () => {
    const disk = join(folder, 'disk');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
    try {
      const small = make(disk);
      await small.deliver(disk, named('a'), results);
      await store.put('t/1/result.txt', Buffer.alloc(3_000_000));
      await expect(small.deliver(disk, named('a'), results)).rejects.toMatchObject({ code: 'output_full', retryable: true });
      expect(await filesIn(disk)).toEqual(['a.pdf', 'a.txt']);
      expect((await stat(join(disk, 'a.txt'))).size).toBe('the text'.length);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});
