import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { HAS_BROWSER, type Visit } from '../support/dashboard-browser.js';
import { dashboardSuite } from '../support/dashboard-suite.js';
import { until } from '../support/server-process.js';

const KEY = 'key-of-the-operators';
/** More than two pages of the list. */
const MANY = 130;
/** Bytes a second of a bad line. */
const SLOW = 100_000;

/** A server that asks for a key and takes tasks, but has no worker: what is handed in waits until somebody acts on it. */
describe.skipIf(!HAS_BROWSER)('the dashboard in an operator’s hands', () => {
  const environment = { OCR_API_KEYS: KEY, OCR_ROLES: 'api', OCR_HOST: '0.0.0.0' };
  const suite = dashboardSuite(environment, ({ inbox }) => {
    for (const name of ['one.pdf', 'large.pdf']) writeFileSync(join(inbox, name), `%PDF-1.7\n%${'.'.repeat(2_000_000)}`);
  });

  beforeAll(async () => {
    const documents = Array.from({ length: MANY }, (_, n) => ({
      document_path: join(suite.home.inbox, 'one.pdf'),
      metadata: { box: n % 2 === 0 ? 'even' : 'odd' },
    }));
    await call('/api/ocr/tasks/batch', { documents });
  });

  async function call<T>(path: string, body?: unknown): Promise<T> {
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(`${suite.server.url}${path}`, init);
    const text = await response.text();
    expect(response.ok, text).toBe(true);
    return JSON.parse(text) as T;
  }

  const countOf = async (filter: object): Promise<number> =>
    (
      await call<{ matched: number }>('/api/ocr/tasks/actions', {
        action: 'set_priority',
        priority: 'LOW',
        filter,
        dry_run: true,
      })
    ).matched;

  /** Opens a view and gives the key when asked for it. */
  async function enter(path: string, { page } = suite.visit): Promise<void> {
    await page.goto(path);
    await page.getByLabel(/^API key/).fill(KEY);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }

  it('asks for the API key, says when it is wrong, and keeps it for the tab', async () => {
    const { page } = suite.visit;
    await page.goto('/tasks');
    const field = page.getByLabel(/^API key/);
    await field.fill('not the key');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('The server does not know this key.').waitFor();
    await suite.visit.expectAccessible();
    await field.fill(KEY);
    await field.press('Enter');
    await page.getByRole('link', { name: 'one.pdf' }).first().waitFor();
    await page.getByText('Live', { exact: true }).filter({ visible: true }).first().waitFor();
    await page.reload();
    await page.getByRole('link', { name: 'one.pdf' }).first().waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  it('chooses tasks one by one and in ranges, with the mouse and with keys', async () => {
    const { page } = suite.visit;
    await enter('/tasks');
    const boxes = page.getByRole('checkbox', { name: 'Select one.pdf' });
    await boxes.first().waitFor();
    const bar = page.getByRole('region', { name: 'Actions for the selection' });
    const chosen = () => boxes.evaluateAll((all) => all.flatMap((box: { checked?: boolean }, n) => (box.checked ? [n] : [])));
    for (const n of [0, 2, 4]) await boxes.nth(n).click();
    expect(await chosen()).toEqual([0, 2, 4]);
    await bar.getByText('3 selected').waitFor();
    await boxes.nth(2).click();
    expect(await chosen()).toEqual([0, 4]);

    await page.keyboard.press('Escape');
    await bar.waitFor({ state: 'detached' });
    await boxes.nth(6).click();
    await boxes.nth(3).click({ modifiers: ['Shift'] });
    await boxes.nth(8).click({ modifiers: ['ControlOrMeta'] });
    expect(await chosen()).toEqual([3, 4, 5, 6, 8]);
    expect(await page.evaluate('String(getSelection())')).toBe('');

    await page.keyboard.press('Escape');
    for (const n of [1, 3]) await boxes.nth(n).press('Space');
    await boxes.nth(5).press('Shift+Space');
    expect(await chosen()).toEqual([1, 3, 4, 5]);
  });

  it('acts on everything a filter finds, also beyond what is shown', async () => {
    const { page } = suite.visit;
    await enter(`/tasks?meta=${encodeURIComponent('box=even')}`);
    const rows = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'one.pdf' }) });
    await rows.first().waitFor();
    expect(await rows.count()).toBe(50);
    await page.getByRole('checkbox', { name: 'Select all shown' }).check();
    await page.getByRole('button', { name: 'Select all that match' }).click();
    const bar = page.getByRole('region', { name: 'Actions for the selection' });
    await bar.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('65 tasks will be paused').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Done: 65 tasks changed.').waitFor();
    expect(await countOf({ status: ['paused'] })).toBe(65);
    expect(await countOf({ status: ['queued'] })).toBe(65);

    // What came after the count stays as it is.
    await page.getByRole('button', { name: 'Close' }).last().click();
    await page.goto('/tasks');
    await rows.first().waitFor();
    await page.getByRole('checkbox', { name: 'Select all shown' }).check();
    await page.getByRole('button', { name: 'Select all that match' }).click();
    await bar.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('130 tasks will stop for good').waitFor();
    await call('/api/ocr/tasks', { document_path: join(suite.home.inbox, 'one.pdf'), metadata: { late: true } });
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the tasks' }).click();
    await page.getByText('Done: 130 tasks changed.').waitFor();
    expect(await countOf({ metadata: { late: true } })).toBe(1);
    expect(await countOf({ status: ['queued'] })).toBe(1);
  });

  it('leads from a number to the tasks it counts, and to no others', async () => {
    const document = { document_path: join(suite.home.inbox, 'one.pdf') };
    const [waits, stands] = await Promise.all([1, 2].map(() => call<{ task_id: string }>('/api/ocr/tasks', document)));
    await call(`/api/ocr/tasks/${stands!.task_id}/pause`, {});
    const { page } = suite.visit;
    await enter('/');
    const waiting = page.getByRole('link', { name: /^Waiting/ });
    await waiting.getByText(String(await countOf({ status: ['queued'] })), { exact: true }).waitFor();
    await waiting.click();
    await page.locator(`a[href="/tasks/${waits!.task_id}"]`).waitFor();
    expect(await page.getByRole('row').getByText('Paused', { exact: true }).count()).toBe(0);
    await page.goto('/');
    await page.getByRole('link', { name: /^Failed/ }).click();
    await page.getByText('Nothing matches').waitFor();
    expect(JSON.parse(new URL(page.url()).searchParams.get('status')!)).toEqual(['failed']);
    for (const { task_id } of [waits!, stands!]) await call(`/api/ocr/tasks/${task_id}/cancel`, {});
  });

  it('follows no keys once they are switched off, now and at the next visit', async () => {
    const { task_id } = await call<{ task_id: string }>('/api/ocr/tasks', { document_path: join(suite.home.inbox, 'one.pdf') });
    const statusOf = async () => (await call<{ status: string }>(`/api/ocr/tasks/${task_id}`)).status;
    const { page } = suite.visit;
    await enter(`/tasks/${task_id}`);
    await page.getByRole('button', { name: 'Pause', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Language and colours' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Keyboard shortcuts' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await page.reload();
    await page.getByRole('button', { name: 'Pause', exact: true }).waitFor();
    for (const key of ['p', '?', 'g', 'h']) await page.keyboard.press(key);
    // What a key does first would be there before the answer to what is done next.
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await page.getByText('Handed in', { exact: true }).waitFor();
    expect(await statusOf()).toBe('queued');
    expect(await page.getByRole('dialog').count()).toBe(0);

    await page.getByRole('button', { name: 'Language and colours' }).click();
    await page.getByRole('menuitem', { name: 'Show the shortcuts' }).click();
    const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await sheet.getByText('Pause or resume the task').waitFor();
    await suite.visit.expectAccessible();
    await sheet.getByRole('switch', { name: 'Use these keys' }).press('Space');
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    await page.keyboard.press('p');
    await until(statusOf, (status) => status === 'paused');
    await call(`/api/ocr/tasks/${task_id}/cancel`, {});
  });

  it('hands in for a tenant, finds its tasks, and acts on these alone', async () => {
    const path = join(suite.home.inbox, 'one.pdf');
    await call('/api/ocr/tasks', { document_path: path, tenant: 'Leroy' });
    const { page } = suite.visit;
    await enter('/submit');
    await page.locator('input[type=file]').setInputFiles(path);
    await page.getByRole('button', { name: 'More options' }).click();
    await page.getByLabel('Tenant', { exact: true }).fill('Lambert');
    await page.getByRole('button', { name: 'Submit 1 document' }).click();
    await page.getByRole('link', { name: 'one.pdf' }).waitFor();
    await page.getByRole('tab', { name: 'Path or address' }).click();
    await page.getByLabel(/^Path on the server/).fill(path);
    await page.getByRole('button', { name: 'Submit', exact: true }).click();
    await until(
      () => countOf({ tenant: 'Lambert' }),
      (found) => found === 2,
    );

    await page.goto('/tasks');
    await page.getByRole('button', { name: 'More filters' }).click();
    const field = page.getByLabel('Tenant', { exact: true });
    await field.fill('Lambert');
    await field.press('Enter');
    await expect.poll(() => page.url()).toContain('tenant=Lambert');
    const rows = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'one.pdf' }) });
    await expect.poll(() => rows.count()).toBe(2);
    await suite.visit.expectAccessible();
    await page.getByRole('checkbox', { name: 'Select all shown' }).check();
    await page.getByRole('button', { name: 'Select all that match' }).click();
    await page.getByRole('region', { name: 'Actions for the selection' }).getByRole('button', { name: 'Pause' }).click();
    await page.getByText('2 tasks will be paused').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Done: 2 tasks changed.').waitFor();
    expect(await countOf({ tenant: 'Lambert', status: ['paused'] })).toBe(2);
    expect(await countOf({ tenant: 'Leroy', status: ['queued'] })).toBe(1);

    await page.getByRole('button', { name: 'Close' }).last().click();
    await rows.first().getByRole('link', { name: 'one.pdf' }).click();
    await page.getByRole('tab', { name: 'Details' }).click();
    await page.getByText('Lambert', { exact: true }).waitFor();
    await call('/api/ocr/tasks/actions', { action: 'cancel', filter: { status: ['queued', 'paused'] } });
  });

  it('gives the address of the metrics as text, as a link to it would bring no key', async () => {
    const { page } = suite.visit;
    await enter('/settings');
    await page.getByText(`${suite.server.url}/metrics`, { exact: true }).waitFor();
    expect(await page.getByRole('link', { name: 'Metrics for Prometheus' }).count()).toBe(0);
    await suite.visit.expectAccessible();
  });

  it('shows the same view to whoever gets the link', async () => {
    const { page } = suite.visit;
    await enter('/tasks');
    await page.getByRole('searchbox', { name: 'Search by document name' }).fill('one');
    await page.getByRole('button', { name: /Document/ }).click();
    await page.getByRole('button', { name: 'More filters' }).click();
    await page.getByLabel('Metadata').fill('box=odd');
    await page.getByLabel('Metadata').press('Enter');
    await expect.poll(() => page.url()).toMatch(/q=one.*/);
    await expect.poll(() => page.url()).toContain('meta=box');
    await expect.poll(() => page.url()).toContain('sort=name');
    const shown = async (from: Visit) => {
      const links = from.page.getByRole('row').getByRole('link', { name: 'one.pdf' });
      await links.first().waitFor();
      return links.evaluateAll((all) => all.map((link) => link.getAttribute('href')));
    };
    const mine = await shown(suite.visit);
    const address = page.url();

    const other = await suite.browser.visit(suite.server.url);
    await enter(address, other);
    expect(await shown(other)).toEqual(mine);
    expect(await other.page.getByRole('searchbox', { name: 'Search by document name' }).inputValue()).toBe('one');
    expect(await other.page.getByLabel('Metadata').inputValue()).toBe('box=odd');
    expect(await other.page.getByRole('columnheader', { name: /Document/ }).getAttribute('aria-sort')).toBe('ascending');
    await other.leave();
  });

  it('cancels an upload, and takes up again one that failed', async () => {
    const { page } = suite.visit;
    await enter('/submit');
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Choose files' }).click();
    const line = await page.context().newCDPSession(page);
    const throughput = (bytes: number) =>
      line.send('Network.emulateNetworkConditions', {
        offline: bytes === 0,
        latency: 0,
        downloadThroughput: -1,
        uploadThroughput: bytes,
      });
    await line.send('Network.enable');
    await throughput(SLOW);
    await (await chooser).setFiles(join(suite.home.inbox, 'large.pdf'));
    await page.getByRole('button', { name: 'Submit 1 document' }).click();
    await page
      .getByText(/^\d+\s?%$/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Cancel the upload of large.pdf' }).click();
    await page.getByText('Upload cancelled').waitFor();

    await throughput(0);
    await page.getByRole('button', { name: 'Upload large.pdf again' }).click();
    await page.getByRole('alert').filter({ hasText: 'The server cannot be reached' }).waitFor();
    expect(await countOf({ q: 'large' })).toBe(0);

    await throughput(-1);
    await page.getByRole('button', { name: 'Upload large.pdf again' }).click();
    await page.getByRole('link', { name: 'large.pdf' }).waitFor();
    await until(
      () => countOf({ q: 'large' }),
      (found) => found === 1,
    );
  });

  it('shows what was told by webhook, and has it sent once more', async () => {
    const { page } = suite.visit;
    const { task_id } = await call<{ task_id: string }>('/api/ocr/tasks', {
      document_path: join(suite.home.inbox, 'one.pdf'),
      options: { webhook_url: 'http://me:geheim@203.0.114.1/hooks?key=geheim', webhook_events: ['task.paused'] },
    });
    await enter(`/tasks/${task_id}?tab=details`);
    await page.getByRole('heading', { name: 'How it is read' }).waitFor();
    expect(await page.getByText('Told by webhook').count(), 'nothing was told yet').toBe(0);
    await call(`/api/ocr/tasks/${task_id}/pause`, {});
    const told = page.getByRole('list', { name: 'Told by webhook' }).getByRole('listitem');
    await told.getByText('Waiting: task.paused').waitFor();
    expect(await told.innerText()).toMatch(/http:\/\/203\.0\.114\.1\/hooks\n+0 attempts; next attempt /);
    await suite.visit.expectAccessible();
    await told.getByRole('button', { name: 'Send once more' }).click();
    await page.getByText('It is sent once more.').waitFor();
    expect(await page.content()).not.toContain('geheim');
  });

  it('says beside the engine which one was asked for, where it stands in for that', async () => {
    const document = { document_path: join(suite.home.inbox, 'one.pdf'), options: { ocr_provider: 'document_ai' } };
    const { task_id } = await call<{ task_id: string }>('/api/ocr/tasks', document);
    await enter(`/tasks/${task_id}`);
    await suite.visit.page.getByRole('tab', { name: 'Details' }).click();
    await suite.visit.page.getByText(/\. Asked for: .*Document AI.*, which is not set up$/).waitFor();
  });

  it('works over plain HTTP from another machine, where browsers allow less', async () => {
    const { hostname, port } = new URL(suite.server.url);
    const other = await suite.browser.visit(`http://ocr.test:${port}`);
    expect(hostname).toBe('127.0.0.1');
    await enter('/submit', other);
    expect(await other.page.evaluate('window.isSecureContext')).toBe(false);
    const chooser = other.page.waitForEvent('filechooser');
    await other.page.getByRole('button', { name: 'Choose files' }).click();
    await (await chooser).setFiles(join(suite.home.inbox, 'one.pdf'));
    await other.page.getByRole('button', { name: 'Submit 1 document' }).click();
    await other.page.getByRole('link', { name: 'one.pdf' }).click();
    await other.page.getByRole('tab', { name: 'Details' }).click();
    await other.page.getByRole('button', { name: 'Copy the command' }).first().click();
    await other.page.getByRole('button', { name: 'Copied' }).waitFor();
    await other.leave();
  });
});
