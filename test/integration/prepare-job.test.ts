import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BaseOcr } from '../../src/base-ocr/base-ocr.js';
import { EngineRegistry } from '../../src/base-ocr/engine-registry.js';
import { DocumentService } from '../../src/document/document.service.js';
import { OcrError } from '../../src/errors/ocr-error.js';
import { removeLeftSources } from '../../src/queue-manager/jobs/leftovers.js';
import { PrepareJob } from '../../src/queue-manager/jobs/prepare.job.js';
import { TextCarriers } from '../../src/queue-manager/text-carriers.js';
import { WorkFolders } from '../../src/queue-manager/work-folders.js';
import { InputResolver } from '../../src/storage/input-resolver.js';
import { fetchedKey, sourcePrefix } from '../../src/task-manager/artifact-keys.js';
import type { Claim } from '../../src/task-manager/claim.js';
import { documentPath } from '../engines/images.js';
import { QueueHarness } from '../support/queue-harness.js';

const never = new AbortController().signal;

/** Preparation on a real queue, a real store, and documents that are really opened. */
describe('a preparation', () => {
  let queue: QueueHarness;
  let documents: DocumentService;
  let job: PrepareJob;
  let node: string;
  let path: string;
  beforeEach(async () => {
    queue = await QueueHarness.start();
    node = await queue.node();
    const { settings, database, store } = queue;
    documents = new DocumentService(settings);
    const ocr = new BaseOcr(settings, documents, new EngineRegistry(settings, []));
    const folders = new WorkFolders(settings, database);
    const inputs = new InputResolver(settings, store);
    job = new PrepareJob(ocr, inputs, queue.settlement, folders, new TextCarriers(), database, store);
    const [root] = settings.input_roots as [string];
    mkdirSync(root, { recursive: true });
    path = join(root, 'document.pdf');
  });
  afterEach(async () => {
    await documents.onModuleDestroy();
    await queue.close();
  });

  const copies = async (id: string) => {
    const keys: string[] = [];
    for await (const key of queue.store.list(sourcePrefix(id))) keys.push(key);
    return keys;
  };
  const submit = () => queue.submit({ source: { kind: 'path', path } });
  /** Runs the preparation, and lets the task fail when that does. */
  const prepare = async (claim: Claim): Promise<string> => {
    const code = await job.process(claim, never).then(
      () => 'done',
      (error: OcrError) => error.code,
    );
    if (code !== 'done') await queue.settlement.failed(claim, new OcrError(code as 'damaged_document'));
    return code;
  };

  it('looks at the place of a document again that was not whole yet, when it is retried', async () => {
    const whole = readFileSync(documentPath('multipage.pdf'));
    writeFileSync(path, whole.subarray(0, 300));
    const id = await submit();
    expect(await prepare(await queue.mustClaim(node))).toBe('damaged_document');
    expect(await copies(id)).toEqual([]);
    writeFileSync(path, whole);
    await queue.tasks.retry(id);
    const claim = await queue.mustClaim(node);
    expect(await prepare(claim)).toBe('done');
    expect(await copies(id)).toEqual([fetchedKey(id, claim.token)]);
    expect((await queue.queries.get(id)).task).toMatchObject({ page_count: 6 });
  });

  it('keeps the copy of one that only wants a password, whatever becomes of the place', async () => {
    copyFileSync(documentPath('password.pdf'), path);
    const id = await submit();
    expect(await prepare(await queue.mustClaim(node))).toBe('password_required');
    writeFileSync(path, 'gone');
    await queue.tasks.retry(id, {}, 'password');
    expect(await prepare(await queue.mustClaim(node))).toBe('done');
  });

  it('takes what an attempt before it brought in, and leaves it where others have the job now', async () => {
    writeFileSync(path, 'no document');
    const id = await submit();
    const lost = await queue.mustClaim(node);
    await queue.store.put(fetchedKey(id, lost.token), readFileSync(documentPath('multipage.pdf')));
    await queue.settlement.givenBack(lost);
    const claim = await queue.mustClaim(node);
    expect(await prepare(claim)).toBe('done');
    expect(await copies(id)).toEqual([fetchedKey(id, lost.token)]);

    const other = await submit();
    const late = (await queue.claim(node, ['prepare']))!;
    await queue.settlement.givenBack(late);
    expect(await queue.claim(node, ['prepare'])).toBeDefined();
    await expect(job.process(late, never)).rejects.toMatchObject({ code: 'unsupported_document' });
    expect(await copies(other)).toEqual([fetchedKey(other, late.token)]);
  });

  it('is tried again where the folder of the document is not there on the node, for another node may have it', async () => {
    copyFileSync(documentPath('multipage.pdf'), path);
    const id = await submit();
    const claim = await queue.mustClaim(node);
    const [root] = queue.settings.input_roots as [string];
    renameSync(root, `${root}-not-mounted`);
    const error = (await job.process(claim, never).catch((thrown: unknown) => thrown)) as OcrError;
    expect(error).toMatchObject({ code: 'document_not_found', retryable: true });
    expect(await queue.settlement.failed(claim, error)).toBe('retrying');
    renameSync(`${root}-not-mounted`, root);
    expect(await prepare(await queue.mustClaim(await queue.node()))).toBe('done');
    expect((await queue.queries.get(id)).task).toMatchObject({ page_count: 6 });
  });

  it('changes no document that others have cut into chunks; its copy goes with the merge', async () => {
    copyFileSync(documentPath('multipage.pdf'), path);
    const id = await submit();
    const claim = await queue.mustClaim(node);
    expect(await prepare(claim)).toBe('done');
    const late = fetchedKey(id, randomUUID());
    await queue.store.put(late, Buffer.from('what the place answered later'));
    for (let chunk = await queue.claim(node, ['chunk']); chunk; chunk = await queue.claim(node, ['chunk'])) {
      await queue.readPages(chunk);
      await queue.settlement.chunkFinished(chunk);
    }
    await removeLeftSources(queue.database, queue.store, await queue.mustClaim(node), never);
    expect(await copies(id)).toEqual([fetchedKey(id, claim.token)]);
    expect((await queue.queries.documentWithPage(id, 1)).key).toBe(fetchedKey(id, claim.token));
  });
});
