import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, mkdtemp, realpath, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { InputResolver } from './input-resolver.js';
import { LocalDocumentStore } from './local-document-store.js';

const notAllowed = expect.objectContaining({
  code: 'path_not_allowed',
  message: 'The path lies outside the allowed folders. The setting input_roots (OCR_INPUT_ROOTS) names them.',
});
const notFound = expect.objectContaining({ code: 'document_not_found' });

describe('InputResolver', () => {
  let folder: string;
  let inbox: string;
  let store: LocalDocumentStore;
  let resolver: InputResolver;

  const make = (more: Record<string, unknown> = {}) => {
    const roots = { input_roots: [join(folder, 'missing-root'), inbox, join(folder, 'linked-root')] };
    return new InputResolver(
      loadSettings({ data_dir: join(folder, 'data'), max_upload_mb: 1, ...roots, ...more }, {}, folder),
      store,
    );
  };

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'ocr-input-')));
    inbox = join(folder, 'inbox');
    await mkdir(join(inbox, 'sub'), { recursive: true });
    await mkdir(join(folder, 'second'));
    await symlink(join(folder, 'second'), join(folder, 'linked-root'));
    await writeFile(join(inbox, 'a.pdf'), 'a document');
    await writeFile(join(folder, 'second', 'b.pdf'), 'another document');
    await writeFile(join(folder, 'secret.pdf'), 'a secret');
    store = new LocalDocumentStore(join(folder, 'data', 'store'));
    resolver = make();
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('makes the default inbox, and no root that was set', async () => {
    await resolver.onModuleInit();
    await expect(stat(join(folder, 'data', 'inbox'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(stat(join(folder, 'missing-root'))).rejects.toMatchObject({ code: 'ENOENT' });
    const standard = make({ input_roots: [] });
    await standard.onModuleInit();
    await expect(standard.checkPath('none.pdf')).rejects.toEqual(notFound);
    await writeFile(join(folder, 'data', 'inbox', 'a.pdf'), 'a document');
    expect(await standard.checkPath('a.pdf')).toBe(join(folder, 'data', 'inbox', 'a.pdf'));
  });

  describe('paths', () => {
    it('are absolute, or relative to a root that has them', async () => {
      const [a, b] = [join(inbox, 'a.pdf'), join(folder, 'second', 'b.pdf')];
      expect(await resolver.checkPath(a)).toBe(a);
      expect(await resolver.checkPath('a.pdf')).toBe(a);
      expect(await resolver.checkPath('sub/../a.pdf')).toBe(a);
      expect(await resolver.checkPath('b.pdf')).toBe(b);
      expect(await resolver.checkPath(join(folder, 'linked-root', 'b.pdf'))).toBe(b);
    });

    it('may be spelt with their accents apart or not; the very spelling comes first', async () => {
      const [apart, together] = ['été.pdf'.normalize('NFD'), 'été.pdf'.normalize('NFC')];
      await writeFile(join(inbox, apart), 'a document');
      for (const path of [together, apart, join(inbox, together)])
        expect(await resolver.checkPath(path)).toBe(join(inbox, apart));
      await writeFile(join(folder, 'second', together), 'another document');
      expect(await resolver.checkPath(together)).toBe(join(folder, 'second', together));
      await expect(resolver.checkPath('ê.pdf')).rejects.toEqual(notFound);
    });

    it('outside the roots are refused alike, whether something is there or not', async () => {
      await mkdir(join(folder, 'inbox-of-others'));
      await writeFile(join(folder, 'inbox-of-others', 'c.pdf'), 'c');
      const outside = [
        join(folder, 'secret.pdf'),
        join(folder, 'no-such.pdf'),
        join(folder, 'secret.pdf', 'below-a-file'),
        join(inbox, '..', 'secret.pdf'),
        join(folder, 'inbox-of-others', 'c.pdf'),
        join(folder, 'missing-root', 'a.pdf'),
        '../secret.pdf',
        '../no-such.pdf',
        '/etc/passwd',
        '/no/such/place',
        '/',
        'a.pdf\0.png',
      ];
      for (const path of outside) await expect(resolver.checkPath(path), path).rejects.toEqual(notAllowed);
    });

    it('are judged by where symbolic links lead', async () => {
      await symlink(join(folder, 'secret.pdf'), join(inbox, 'link.pdf'));
      await symlink(folder, join(inbox, 'up'));
      await symlink(join(folder, 'no-such'), join(inbox, 'dangling.pdf'));
      await symlink(join(folder, 'second', 'b.pdf'), join(inbox, 'good.pdf'));
      await symlink('loop', join(inbox, 'loop'));
      for (const path of ['link.pdf', 'up/secret.pdf', 'up/no-such.pdf', 'dangling.pdf', 'dangling.pdf/x', 'loop']) {
        await expect(resolver.checkPath(join(inbox, path)), path).rejects.toEqual(notAllowed);
      }
      expect(await resolver.checkPath('good.pdf')).toBe(join(folder, 'second', 'b.pdf'));
    });

    it('under a root that name no document say so', async () => {
      execFileSync('mkfifo', [join(inbox, 'pipe')]);
      for (const path of ['none.pdf', 'sub', 'sub/none/none.pdf', 'a.pdf/x', 'pipe', '', `${'x'.repeat(300)}.pdf`]) {
        await expect(resolver.checkPath(path), path).rejects.toEqual(notFound);
        await expect(resolver.fetch({ kind: 'path', path }, 't/a'), path).rejects.toEqual(notFound);
      }
    });

    it('may hold a document of max_upload_mb and no more', async () => {
      await truncate(join(inbox, 'a.pdf'), 1024 * 1024);
      await resolver.checkPath('a.pdf');
      expect(await resolver.fetch({ kind: 'path', path: 'a.pdf' }, 't/a')).toMatchObject({ size: 1024 * 1024 });
      await truncate(join(inbox, 'a.pdf'), 1024 * 1024 + 1);
      await expect(resolver.checkPath('a.pdf')).rejects.toMatchObject({ code: 'document_too_large' });
      await expect(resolver.fetch({ kind: 'path', path: 'a.pdf' }, 't/b')).rejects.toMatchObject({ code: 'document_too_large' });
    });

    it('are copied into the store', async () => {
      const stored = await resolver.fetch({ kind: 'path', path: 'a.pdf' }, 'tasks/1/source');
      expect(stored).toMatchObject({ key: 'tasks/1/source', size: 10 });
      expect((await store.read('tasks/1/source')).toString()).toBe('a document');
    });

    it('are judged again when fetched', async () => {
      const path = await resolver.checkPath('a.pdf');
      await rm(path);
      await symlink(join(folder, 'secret.pdf'), path);
      await expect(resolver.fetch({ kind: 'path', path }, 't/a')).rejects.toEqual(notAllowed);
    });

    it('are to be tried again while the root that may hold them is not there on this node', async () => {
      const gone = expect.objectContaining({ code: 'document_not_found', retryable: true });
      for (const path of [join(folder, 'missing-root', 'a.pdf'), 'of-another-node.pdf']) {
        const error: unknown = await resolver.fetch({ kind: 'path', path }, 't/a').catch((thrown: unknown) => thrown);
        expect(error, path).toEqual(gone);
        expect((error as Error).message).toMatch(/not there on this node.*OCR_INPUT_ROOTS/);
        expect((error as Error).message).not.toContain(folder);
      }
      // A file that is missing in a root that is there is missing everywhere.
      const final = expect.objectContaining({ code: 'document_not_found', retryable: false });
      await expect(resolver.fetch({ kind: 'path', path: join(inbox, 'none.pdf') }, 't/a')).rejects.toEqual(final);
      for (const path of [join(folder, 'secret.pdf'), '../secret.pdf', `${inbox}/../secret.pdf`])
        await expect(resolver.fetch({ kind: 'path', path }, 't/a'), path).rejects.toEqual(notAllowed);
      await mkdir(join(folder, 'missing-root'));
      await expect(resolver.fetch({ kind: 'path', path: 'of-another-node.pdf' }, 't/a')).rejects.toEqual(final);
      await writeFile(join(folder, 'missing-root', 'a.pdf'), 'a document');
      expect(await resolver.fetch({ kind: 'path', path: join(folder, 'missing-root', 'a.pdf') }, 't/a')).toMatchObject({
        size: 10,
      });
    });

    it('are looked for once where the only root missing is that of the samples', async () => {
      const standard = new InputResolver(loadSettings({ data_dir: join(folder, 'data') }, {}), store);
      await standard.onModuleInit();
      const final = expect.objectContaining({ code: 'document_not_found', retryable: false });
      await expect(standard.fetch({ kind: 'path', path: 'none.pdf' }, 't/a')).rejects.toEqual(final);
    });

    it('give no secret to one who swaps folders while they are fetched', async () => {
      // `sub` is now a folder, now a link to a folder outside, many times while the document is fetched.
      await mkdir(join(folder, 'outside'));
      await writeFile(join(folder, 'outside', 'd.pdf'), 'a secret');
      await writeFile(join(inbox, 'sub', 'd.pdf'), 'innocent!');
      await symlink(join(folder, 'outside'), join(inbox, 'bad'));
      let swapping = true;
      const swapper = (async () => {
        while (swapping) {
          await rename(join(inbox, 'sub'), join(inbox, 'good'));
          await rename(join(inbox, 'bad'), join(inbox, 'sub'));
          await rename(join(inbox, 'sub'), join(inbox, 'bad'));
          await rename(join(inbox, 'good'), join(inbox, 'sub'));
        }
      })();
      let copied = 0;
      // Enough rounds to meet the swap in every state, and at least one copy, however the machine schedules the two.
      for (let round = 0; round < 300 || (copied === 0 && round < 20_000); round++) {
        const stored = await resolver.fetch({ kind: 'path', path: join(inbox, 'sub', 'd.pdf') }, 't/d').catch(() => null);
        if (stored === null) continue;
        copied++;
        expect((await store.read('t/d')).toString()).toBe('innocent!');
      }
      swapping = false;
      await swapper;
      expect(copied).toBeGreaterThan(0);
    });
  });

  describe('addresses', () => {
    it('are fetched into the store, the size watched while they come in', async () => {
      const server = createServer((request, response) => {
        const blocks = request.url === '/large' ? 20 : 1;
        for (let block = 0; block < blocks; block++) response.write('x'.repeat(100_000));
        response.end();
      }).listen(0, '127.0.0.1');
      await new Promise((done) => server.once('listening', done));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      try {
        await expect(resolver.checkUrl(url)).rejects.toMatchObject({ code: 'url_not_allowed' });
        await expect(resolver.fetch({ kind: 'url', url }, 't/u')).rejects.toMatchObject({ code: 'url_not_allowed' });
        const open = make({ url_allow_private: true });
        await open.checkUrl(url);
        expect(await open.fetch({ kind: 'url', url }, 't/u')).toMatchObject({ key: 't/u', size: 100_000 });
        await expect(open.fetch({ kind: 'url', url: `${url}/large` }, 't/l')).rejects.toMatchObject({
          code: 'document_too_large',
        });
        expect(await store.stat('t/l')).toBeNull();
        await expect(open.fetch({ kind: 'url', url }, 't/s', AbortSignal.abort())).rejects.toThrow(/abort/i);
      } finally {
        server.closeAllConnections();
        server.close();
      }
    });
  });
});
