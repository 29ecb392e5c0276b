import { copyFileSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { typesOf } from '../../scripts/lib/dashboard-types.mjs';
import type { AttentionDto } from '../../src/api/attention/attention.dto.js';
import type { HistoryDto } from '../../src/metrics/history.dto.js';
import { DashboardBrowser, HAS_BROWSER } from '../support/dashboard-browser.js';
import { dashboardSuite } from '../support/dashboard-suite.js';
import { finished, ServerHome, ServerProcess, until, type TaskView } from '../support/server-process.js';

const DOCUMENTS = new URL('../documents/', import.meta.url).pathname;
const SCHEMA = new URL('../../dashboard/src/api/schema.gen.ts', import.meta.url);
const WORDS = JSON.parse(readFileSync(new URL('../../dashboard/src/i18n/en/settings.json', import.meta.url), 'utf8')) as {
  health: { parts: Record<string, string> };
};
/** Pages of a long scan-like task, so that there is time to act on it. */
const LONG = { options: { mode: 'force', pages: '1-120', formats: ['txt'] } };

/** Runs in the page, where there is a DOM: makes what a drop carries. */
const TO_TRANSFER = `(files) => {
  const data = new DataTransfer();
  for (const { name, bytes } of files) {
    data.items.add(new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], name));
  }
  return data;
}`;

describe.skipIf(!HAS_BROWSER)('the dashboard', () => {
  // A provider that cannot be reached: nobody listens there.
  const suite = dashboardSuite({ OCR_HTTP_OCR_URL: 'http://127.0.0.1:9/read', OCR_URL_ALLOW_PRIVATE: 'true' }, ({ inbox }) => {
    for (const name of ['multipage.pdf', 'phototest.tif', 'irm-400p.pdf', 'password.pdf'])
      copyFileSync(join(DOCUMENTS, name), join(inbox, name));
  });

  const submit = async (name: string, more: object = {}): Promise<string> => {
    const body = { document_path: join(suite.home.inbox, name), ...more };
    return (await suite.server.post<{ task_id: string }>('/api/ocr/tasks', body)).task_id;
  };
  const statusIs = (taskId: string, ...wanted: string[]) =>
    until(
      () => suite.server.get<TaskView>(`/api/ocr/tasks/${taskId}`),
      ({ status }) => wanted.includes(status),
    );

  it('has the types of the API as the server describes it', async () => {
    const description = await suite.server.get('/api/openapi.json');
    expect(readFileSync(SCHEMA, 'utf8'), 'run: npm run dashboard:types').toBe(await typesOf(description));
  });

  it('is served compressed, kept for ever where it may be, and lets nothing foreign in', async () => {
    const page = await fetch(`${suite.server.url}/tasks/anything`, { headers: { accept: 'text/html' } });
    expect(page.headers.get('content-security-policy')).toMatch(
      /default-src 'self'; script-src 'self'; style-src 'self' 'nonce-/,
    );
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(await page.text())?.[1];
    const asset = await fetch(`${suite.server.url}${script}`, { headers: { 'accept-encoding': 'br' } });
    expect(asset.headers.get('content-encoding')).toBe('br');
    expect(asset.headers.get('cache-control')).toContain('immutable');
    const missing = await fetch(`${suite.server.url}/assets/none.js`, { headers: { accept: 'text/html' } });
    expect(missing.status).toBe(404);
    expect((await fetch(`${suite.server.url}/nothing`)).headers.get('content-type')).toContain('application/problem+json');
    const unknown = await fetch(`${suite.server.url}/api/nothing`, { headers: { accept: 'text/html' } });
    expect(unknown.headers.get('content-type')).toContain('application/problem+json');
    for (const accept of ['*/*', 'application/json', 'text/html']) {
      const root = await fetch(`${suite.server.url}/`, { headers: { accept } });
      expect([root.status, root.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    }
  });

  it('takes dropped files, shows their progress and hands out the result', { timeout: 150_000 }, async () => {
    const { page } = suite.visit;
    await page.goto('/submit');
    const names = ['multipage.pdf', 'phototest.tif'];
    const files = names.map((name) => ({ name, bytes: readFileSync(join(DOCUMENTS, name)).toString('base64') }));
    const transfer = await page.evaluateHandle(`(${TO_TRANSFER})(${JSON.stringify(files)})`);
    for (const type of ['dragenter', 'dragover', 'drop']) {
      await page.getByText('Drop documents here').dispatchEvent(type, { dataTransfer: transfer });
    }
    await page.getByRole('button', { name: 'Submit 2 documents' }).click();
    await page.getByRole('link', { name: 'multipage.pdf' }).click();
    await page.getByRole('heading', { name: 'multipage.pdf' }).waitFor();
    await page.getByText('Running', { exact: true }).first().waitFor();
    const map = page.getByRole('list', { name: 'Pages of the document' });
    await map.getByRole('link', { name: /^Page 1 · read/ }).waitFor();
    await page.getByText('Completed', { exact: true }).first().waitFor({ timeout: 90_000 });
    expect(await map.getByRole('link').count()).toBe(6);
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: /Plain text/ }).click();
    expect(readFileSync(await (await download).path(), 'utf8').length).toBeGreaterThan(1000);
  });

  it('sends files when told to, and offers a French reader French', { timeout: 120_000 }, async () => {
    const other = await suite.browser.visit(suite.server.url, { locale: 'fr-FR' });
    const { page } = other;
    await page.goto('/submit');
    const sent: string[] = [];
    page.on('request', (request) => void (request.url().endsWith('/api/ocr/upload') && sent.push(request.url())));
    await page.locator('input[type=file]').setInputFiles([
      { name: 'lettre.tif', mimeType: 'image/tiff', buffer: readFileSync(join(DOCUMENTS, 'phototest.tif')) },
      { name: 'abimé.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7\nnothing more') },
      { name: 'de trop.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7') },
    ]);
    await page.getByText('pas encore envoyés').waitFor();
    await page.getByRole('button', { name: 'Écarter de trop.pdf' }).click();
    // What the server takes where nothing is chosen.
    await page.getByPlaceholder('Anglais').waitFor();
    await page.getByText('Langue : anglais · Priorité : Normale').waitFor();
    await page.getByRole('button', { name: 'Lire en français' }).click();
    await page.getByText('Langue : français · Priorité : Normale').waitFor();
    await page.getByRole('button', { name: 'Autres options' }).click();
    await page.getByText(/Le serveur le garde, sans jamais l’afficher, jusqu’à ce que/).waitFor();
    await other.expectAccessible();
    expect(sent).toEqual([]);
    await page.getByRole('button', { name: 'Soumettre 2 documents' }).click();
    await page.getByText('Le document est endommagé et ne s’ouvre pas').waitFor();
    await page.getByRole('link', { name: 'lettre.tif' }).click();
    await page.getByRole('tab', { name: 'Détails' }).click();
    await page.getByText('Français', { exact: true }).waitFor();
    await other.leave();
  });

  it('knows the languages once the server answers again', async () => {
    const { page } = suite.visit;
    let refused = 0;
    await page.route('**/api/ocr/providers', (route) => {
      refused += 1;
      return route.abort();
    });
    await page.goto('/submit');
    // The first try and the two that follow it by themselves.
    await until(
      () => Promise.resolve(refused),
      (times) => times >= 3,
    );
    await page.unroute('**/api/ocr/providers');
    await page.getByPlaceholder('English').waitFor();
  });

  it('says what the server found wrong with a task, and how little was done', async () => {
    const { task_id } = await suite.server.post<{ task_id: string }>('/api/ocr/tasks', {
      document_path: join(suite.home.inbox, 'multipage.pdf'),
      options: { pages: '900' },
    });
    const { error } = (await finished(suite.server, task_id)) as unknown as { error: { message: string } };
    const { page } = suite.visit;
    await page.goto(`/tasks/${task_id}`);
    await page.getByText(error.message).waitFor();
    await page.getByText('0%', { exact: true }).waitFor();
  });

  it('gives the focus back to the menu whose question was not answered', async () => {
    const taskId = await submit('irm-400p.pdf', LONG);
    await suite.server.post(`/api/ocr/tasks/${taskId}/pause`);
    const { page } = suite.visit;
    await page.goto('/tasks?status=paused');
    const menu = page.getByRole('button', { name: 'Actions for irm-400p.pdf' }).first();
    await menu.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Cancel task' }).press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(() => page.evaluate('document.activeElement.ariaLabel')).toBe('Actions for irm-400p.pdf');

    // What is done to the selection hides neither the way elsewhere nor whether the connection stands.
    await page.getByRole('checkbox', { name: 'Select irm-400p.pdf' }).first().click();
    const bar = await page.getByRole('region', { name: 'Actions for the selection' }).boundingBox();
    const sidebar = await page.getByRole('navigation').filter({ visible: true }).first().boundingBox();
    expect(bar!.x).toBeGreaterThanOrEqual(sidebar!.x + sidebar!.width);
    await suite.server.post(`/api/ocr/tasks/${taskId}/cancel`);
  });

  it('pauses, resumes, undoes and cancels a running task', { timeout: 120_000 }, async () => {
    const taskId = await submit('irm-400p.pdf', LONG);
    const { page } = suite.visit;
    await page.goto(`/tasks/${taskId}`);
    const finishedPage = page.getByRole('link', { name: /^Page \d+ · (read|own)/ }).first();
    await finishedPage.waitFor();
    // Its text can be read while the others are still to come.
    await finishedPage.click();
    await page.getByRole('region', { name: /^Text of page/ }).waitFor();
    expect((await suite.server.get<TaskView>(`/api/ocr/tasks/${taskId}`)).status).toBe('running');
    await page.goBack();
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    const undo = await suite.visit.heldUndo();
    await statusIs(taskId, 'paused');
    await undo.click();
    await statusIs(taskId, 'running', 'queued');
    // The key does what the page offers: it must have heard that the task goes on.
    await page.getByRole('button', { name: 'Pause', exact: true }).waitFor();
    await page.keyboard.press('p');
    await statusIs(taskId, 'paused');
    await page.getByRole('button', { name: 'Resume', exact: true }).click();
    await statusIs(taskId, 'running', 'queued');
    await page.getByRole('button', { name: 'Actions for irm-400p.pdf' }).click();
    await page.getByRole('menuitem', { name: 'Cancel task' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the task' }).click();
    await statusIs(taskId, 'cancelled');
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await page.getByText('Cancelled', { exact: true }).last().waitFor();
    await suite.visit.expectAccessible();
    expect(page.url()).toContain('tab=timeline');
  });

  it('says in words why a task failed, and retries it with what it lacked', async () => {
    const taskId = await submit('password.pdf');
    await finished(suite.server, taskId);
    const { page } = suite.visit;
    await page.goto('/');
    await page.getByText('The document needs a password, or the one given is wrong').first().waitFor();
    await page.getByRole('button', { name: 'Enter the password of password.pdf' }).click();
    await page.getByLabel('Password of the document', { exact: true }).fill('password');
    await suite.visit.expectAccessible();
    await page.getByRole('button', { name: 'Open and read' }).click();
    await statusIs(taskId, 'completed');
    await page.getByText('The document needs a password, or the one given is wrong').waitFor({ state: 'hidden' });
  });

  it('says what needs attention, and leads to where something can be done', { timeout: 120_000 }, async () => {
    const stalled = await submit('multipage.pdf', { options: { ocr_provider: 'http', mode: 'force' } });
    const doubtful = await submit('phototest.tif', { options: { dpi: 60, second_look: false, cache: false } });
    await finished(suite.server, doubtful);
    await until(
      () => suite.server.get<AttentionDto>('/api/ocr/attention'),
      ({ counts }) => counts.stalled > 0 && counts.low_confidence > 0,
    );
    const { page } = suite.visit;
    await page.goto('/');
    await page.getByText(/^Own HTTP service does not answer\. Next try in/).waitFor();
    const kinds = page.getByRole('group', { name: 'Kinds of trouble' });
    await kinds.getByText(/^Doubtful reading/).click();
    await page.getByText(/Own HTTP service/).waitFor({ state: 'hidden' });
    expect(new URL(page.url()).searchParams.get('attention')).toBe('low_confidence');
    await page.getByText(/^1 doubtful page; words are \d+% sure on average/).waitFor();
    await page.getByRole('link', { name: 'See page 1 of phototest.tif' }).click();
    await page.waitForURL(`**/tasks/${doubtful}/pages/1`);
    await suite.server.post(`/api/ocr/tasks/${stalled}/cancel`);
  });

  it('says of a task that it is held, and whose doing that is, for as long as it is', async () => {
    const metadata = { customer: 'Girard' };
    const taskId = await submit('multipage.pdf', { options: { ocr_provider: 'http', mode: 'force' }, metadata });
    const { page } = suite.visit;
    await page.goto(`/tasks?meta=${encodeURIComponent('customer=Girard')}`);
    await page.getByText('Held: its OCR engine is away').waitFor();
    await page.getByText('Held', { exact: true }).waitFor();
    await suite.visit.expectAccessible();
    await page.getByRole('link', { name: 'multipage.pdf' }).click();
    const why = page.getByText('Held: Own HTTP service is away');
    await why.waitFor();
    await suite.visit.expectAccessible();
    await page.goBack();
    await suite.server.post(`/api/ocr/tasks/${taskId}/cancel`);
    await page.getByText('Held: its OCR engine is away').waitFor({ state: 'detached' });
    await page.getByText('customer: Girard').waitFor();
  });

  it('shows of a task what was asked for besides, and the batch it came with', async () => {
    const options = {
      provider_fallback: ['http'],
      preprocess: { denoise: true, deskew: false },
      rotate_pages: true,
      optimize: true,
      deskew: false,
    };
    const documents = [{ document_path: join(suite.home.inbox, 'phototest.tif'), options }];
    const { batch_id, tasks } = await suite.server.post<{ batch_id: string; tasks: { task_id: string }[] }>(
      '/api/ocr/tasks/batch',
      { documents },
    );
    const { page } = suite.visit;
    await page.goto(`/tasks/${tasks[0]!.task_id}?tab=details`);
    await page.getByText('straighten: never, take off specks: always', { exact: true }).waitFor();
    await page.getByText('Own HTTP service', { exact: true }).waitFor();
    await page.getByText('Turn pages upright, Make it smaller', { exact: true }).waitFor();
    await suite.visit.expectAccessible();
    await page.getByRole('link', { name: batch_id }).click();
    await page.getByRole('row').getByRole('link', { name: 'phototest.tif' }).waitFor();
    expect(new URL(page.url()).searchParams.get('batch')).toBe(batch_id);
  });

  it('shows how old the queue has become', async () => {
    const { page } = suite.visit;
    await page.goto('/?window=5m');
    await page.getByRole('heading', { name: 'Queue age' }).waitFor();
    await page.getByText(/^Queue age: /).waitFor({ state: 'attached' });
    const { points } = await suite.server.get<HistoryDto>('/api/ocr/stats/history?window=5m');
    expect(points.filter(({ oldest_wait_seconds: age }) => age !== null).length).toBeGreaterThan(0);
  });

  it('shows the one value there is of the time tasks take', async () => {
    const { page } = suite.visit;
    await page.route('**/api/ocr/stats/history?*', async (route) => {
      const response = await route.fetch();
      const history = (await response.json()) as HistoryDto;
      const points = history.points.map((point, i) => ({ ...point, mean_task_seconds: i === 3 ? 5 : null }));
      await route.fulfill({ response, json: { ...history, points } });
    });
    await page.goto('/?window=1h');
    const chart = page.getByRole('figure', { name: /^Time a task takes: / });
    await chart.locator('.recharts-area-dots circle').first().waitFor({ state: 'attached' });
    await page.unroute('**/api/ocr/stats/history?*');
  });

  it('finds tasks, tells of new ones, and acts on all that match', { timeout: 120_000 }, async () => {
    const metadata = { customer: 'Durand' };
    const first = await submit('irm-400p.pdf', { ...LONG, metadata });
    const { page } = suite.visit;
    await page.goto(`/tasks?meta=${encodeURIComponent('customer=Durand')}`);
    const rows = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'irm-400p.pdf' }) });
    await rows.first().waitFor();
    expect(await rows.count()).toBe(1);
    const second = await submit('irm-400p.pdf', { ...LONG, metadata });
    await submit('phototest.tif');
    await page.getByRole('button', { name: '1 new' }).click();
    await rows.nth(1).waitFor();

    await page.getByRole('checkbox', { name: 'Select all shown' }).check();
    await page.getByRole('button', { name: 'Select all that match' }).click();
    const bar = page.getByRole('region', { name: 'Actions for the selection' });
    await bar.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('2 tasks will be paused').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Done: 2 tasks changed.').waitFor();
    await Promise.all([first, second].map((id) => statusIs(id, 'paused')));
    await page.getByRole('button', { name: 'Close' }).last().click();

    await page
      .getByRole('textbox', { name: 'Status' })
      .or(page.getByRole('combobox', { name: 'Status' }))
      .first()
      .click();
    await page.getByRole('option', { name: /^Completed\b(?! with)/ }).click();
    await page.getByText('Nothing matches').waitFor();
    expect(new URL(page.url()).searchParams.get('status')).toContain('completed');
    for (const id of [first, second]) await suite.server.post(`/api/ocr/tasks/${id}/cancel`);
  });

  describe('the rows of the list', () => {
    /** A list of a customer's tasks, of which there is one, and what its row says. */
    const listed = async (customer: string, document = 'irm-400p.pdf', more: object = LONG) => {
      const metadata = { customer };
      const taskId = await submit(document, { ...more, metadata });
      const { page } = suite.visit;
      const rows = page.getByRole('row').filter({ has: page.getByRole('link', { name: document }) });
      const open = async () => {
        await page.goto(`/tasks?meta=${encodeURIComponent(`customer=${customer}`)}`);
        await rows.first().waitFor();
      };
      return { taskId, metadata, rows, open, says: (text: string) => rows.first().getByText(text, { exact: true }).first() };
    };
    const call = async (method: string, path: string, body: object) => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(suite.server.url + path, { method, headers, body: JSON.stringify(body) });
      expect(response.status).toBe(200);
    };
    const isLive = () => suite.visit.page.getByText('Live', { exact: true }).filter({ visible: true }).first().waitFor();
    const cancel = (taskId: string) => suite.server.post(`/api/ocr/tasks/${taskId}/cancel`);

    it('stay up to date where no WebSocket gets through, and others are only counted', async () => {
      const { page } = suite.visit;
      await page.routeWebSocket('**/ws/ocr/all', (socket) => socket.close());
      const { taskId, metadata, rows, open, says } = await listed('Petit');
      await open();
      await cancel(taskId);
      const other = await submit('irm-400p.pdf', { ...LONG, metadata });
      await says('Cancelled').waitFor();
      await page.getByRole('button', { name: '1 new' }).waitFor();
      expect(await rows.count()).toBe(1);
      await cancel(other);
    });

    it('come by themselves once the server answers', async () => {
      const { page } = suite.visit;
      await page.routeWebSocket('**/ws/ocr/all', (socket) => socket.close());
      await page.route('**/api/ocr/tasks?*', (route) => route.abort());
      const { taskId, rows } = await listed('Moreau');
      await page.goto(`/tasks?meta=${encodeURIComponent('customer=Moreau')}`);
      await page.getByRole('button', { name: 'Try again' }).waitFor();
      await page.unroute('**/api/ocr/tasks?*');
      await rows.first().waitFor();
      await cancel(taskId);
    });

    it('know what ended while more was missed than is told again', async () => {
      const { page } = suite.visit;
      let misses = false;
      let connections = 0;
      let cut = () => {};
      await page.routeWebSocket('**/ws/ocr/all**', (socket) => {
        connections += 1;
        const server = socket.connectToServer();
        const isFirst = connections === 1;
        server.onMessage((text) => {
          const message = JSON.parse(String(text)) as { type: string; replayed?: true };
          if (isFirst && misses) return;
          if (message.replayed) return;
          const isReturn = !isFirst && message.type === 'snapshot';
          socket.send(JSON.stringify(isReturn ? { ...message, replay_complete: false } : message));
        });
        if (isFirst) cut = () => void socket.close();
      });
      // What is asked for while the connection is away would tell it too.
      await page.route(/\/api\/ocr\/tasks\?(.*&)?ids=/, (route) => (connections < 2 ? route.abort() : route.continue()));
      const { taskId, open, says } = await listed('Roux');
      await open();
      await isLive();
      misses = true;
      await cancel(taskId);
      cut();
      await says('Cancelled').waitFor();
      expect(connections).toBe(2);
    });

    it('tell why a task failed, and no longer when it was done after all', async () => {
      const { page } = suite.visit;
      // The document comes when it is told to.
      let give = () => {};
      const source = createServer((_request, response) => {
        give = () => void response.end(readFileSync(join(DOCUMENTS, 'password.pdf')));
      }).listen(0, '127.0.0.1');
      await once(source, 'listening');
      const { port } = source.address() as AddressInfo;
      const { taskId, open, says } = await listed('Faure', 'locked.pdf', {
        document_path: undefined,
        document_url: `http://127.0.0.1:${port}/locked.pdf`,
      });
      await open();
      await says('Running').waitFor();
      await isLive();
      give();
      await says('Failed').waitFor();
      const why = page.getByText('The document needs a password, or the one given is wrong');
      await why.waitFor();
      await suite.server.post(`/api/ocr/tasks/${taskId}/retry`, { options: { password: 'password' } });
      await says('Completed').waitFor();
      await why.waitFor({ state: 'detached' });
      source.close();
    });

    it('tell of a priority that was changed elsewhere', async () => {
      const { taskId, open, says } = await listed('Blanc');
      await open();
      await isLive();
      await call('PATCH', `/api/ocr/tasks/${taskId}`, { priority: 'HIGH' });
      await says('High').waitFor();
      await cancel(taskId);
    });
  });

  it('speaks French when asked, and remembers it', async () => {
    const { page } = suite.visit;
    await page.goto('/');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.getByRole('button', { name: 'Language and colours' }).click();
    await page.getByRole('menuitemradio', { name: 'Français' }).click();
    await page.getByRole('heading', { name: 'Vue d’ensemble' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Vue d’ensemble' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('fr');
    await page.getByRole('link', { name: 'Réglages' }).click();
    await page.getByText('Pas configuré : il manque document_ai_processor.').waitFor();
    await page.getByRole('button', { name: 'Afficher' }).click();
    await page.getByText('Port d’écoute ; 0 en prend un libre.').waitFor();
    await page.getByText(/^100\s000\s000 pixels$/u).waitFor();
    await page.getByText(/^1\s024 ko$/u).waitFor();
    expect(await page.locator('main [lang=en]').count()).toBe(0);
    const { checks } = await suite.server.get<{ checks: Record<string, unknown> }>('/readyz');
    expect(Object.keys(WORDS.health.parts)).toEqual(expect.arrayContaining(Object.keys(checks)));
  });

  it('changes a setting for the running server, and takes it back', async () => {
    const { page } = suite.visit;
    await page.goto('/settings');
    const field = page.getByLabel('Tasks at the same time');
    await field.fill('99999999');
    await field.press('Enter');
    await page.getByText('From 1 to 10,000.').waitFor();
    await field.fill('5');
    await field.press('Enter');
    const inForce = () => suite.server.get<{ max_concurrent_tasks: number }>('/api/ocr/stats');
    const undo = await suite.visit.heldUndo();
    await until(inForce, (stats) => stats.max_concurrent_tasks === 5);
    await suite.visit.expectAccessible();
    await undo.click();
    await until(inForce, (stats) => stats.max_concurrent_tasks === 3);
  });

  it('shows its keyboard shortcuts, and follows them', async () => {
    const { page } = suite.visit;
    await page.goto('/');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).getByText('Go to the tasks').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await page.getByRole('heading', { name: 'Tasks' }).waitFor();
  });

  it.each([
    ['wide', { width: 1280, height: 860 }],
    ['narrow', { width: 390, height: 844 }],
  ])('moves nothing that is there already while a %s view comes', async (_, viewport) => {
    const done = await submit('phototest.tif');
    await finished(suite.server, done);
    const other = await suite.browser.visit(suite.server.url, { viewport });
    for (const view of ['/', '/tasks', '/submit', '/settings', `/tasks/${done}`]) {
      await other.page.goto(view, { waitUntil: 'networkidle' });
      await other.page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
      expect(await other.layoutShift(), view).toBeLessThan(0.1);
    }
    await other.leave();
  });

  describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
    it('keeps nobody out', { timeout: 150_000 }, async () => {
      const done = await submit('phototest.tif');
      await finished(suite.server, done);
      const other = await suite.browser.visit(suite.server.url, { colorScheme });
      const views = [
        '/',
        '/tasks',
        '/submit',
        '/settings',
        `/tasks/${done}`,
        `/tasks/${done}?tab=timeline`,
        `/tasks/${done}?tab=details`,
      ];
      for (const view of views) {
        await other.page.goto(view);
        await other.page.getByRole('heading', { level: 1 }).waitFor();
        await other.page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
        await other.expectAccessible();
      }
      await other.leave();
    });
  });
});

describe.skipIf(!HAS_BROWSER)('the dashboard of a server that restarts', () => {
  const home = new ServerHome();
  afterAll(() => home.remove());

  it('says so, comes back by itself, and knows what happened meanwhile', { timeout: 120_000 }, async () => {
    copyFileSync(join(DOCUMENTS, 'phototest.tif'), join(home.inbox, 'phototest.tif'));
    const browser = await DashboardBrowser.start();
    let server = await ServerProcess.start(home);
    try {
      const visit = await browser.visit(server.url);
      const { page } = visit;
      await page.goto('/');
      await page.getByText('Live', { exact: true }).filter({ visible: true }).first().waitFor();
      await server.end();
      await page.getByText('The connection to the server is lost').waitFor();
      // Its code may not be there yet: then it comes with the connection.
      await page.getByRole('link', { name: 'Settings' }).filter({ visible: true }).first().click();
      server = await ServerProcess.start(home, { OCR_PORT: new URL(server.url).port });
      const { task_id } = await server.post<{ task_id: string }>('/api/ocr/tasks', {
        document_path: join(home.inbox, 'phototest.tif'),
      });
      await finished(server, task_id);
      await page.getByText('The connection to the server is lost').waitFor({ state: 'hidden' });
      await page.getByRole('heading', { name: 'Settings' }).waitFor();
      await page.getByRole('link', { name: 'Overview' }).filter({ visible: true }).first().click();
      // The history is written every ten seconds and asked for as often.
      await page.getByRole('link', { name: /Done in 1 hour 1/ }).waitFor({ timeout: 60_000 });
      expect(visit.troubles).toEqual([]);
    } finally {
      await browser.close();
      await server.end();
    }
  });
});
