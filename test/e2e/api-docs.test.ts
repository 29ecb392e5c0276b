import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HAS_BROWSER } from '../support/dashboard-browser.js';
import { dashboardSuite } from '../support/dashboard-suite.js';

const DOCUMENT = new URL('../documents/phototest.tif', import.meta.url).pathname;

/** What a newcomer does first: opens a route, and presses "Execute". */
describe.skipIf(!HAS_BROWSER)('the description of the API, tried out as it is offered', () => {
  const suite = dashboardSuite({ OCR_ROLES: 'api' }, ({ inbox }) => copyFileSync(DOCUMENT, join(inbox, 'document.pdf')));

  /** The route, opened. Its request goes out with {@link execute}. */
  async function open(operation: string) {
    const { page } = suite.visit;
    await page.goto('/api/docs');
    const route = page.locator(`[id$="-${operation}"]`);
    await route.locator('.opblock-summary-control').click();
    await route.getByRole('button', { name: 'Execute' }).waitFor();
    return route;
  }

  /** @returns the request as it went out, and the status of its answer */
  async function execute(route: Awaited<ReturnType<typeof open>>, path: string) {
    const answered = suite.visit.page.waitForResponse((response) => new URL(response.url()).pathname === path);
    await route.getByRole('button', { name: 'Execute' }).click();
    const response = await answered;
    return { request: response.request(), status: response.status() };
  }

  it('takes an upload with nothing but a file chosen', async () => {
    const route = await open('submitUpload');
    await route.locator('input[type=file]').setInputFiles(DOCUMENT);
    for (const field of await route.locator('input[type=text], textarea').all()) expect(await field.inputValue()).toBe('');
    expect((await execute(route, '/api/ocr/upload')).status).toBe(202);
  });

  it('takes a document of the inbox', async () => {
    expect((await execute(await open('submitSubmit'), '/api/ocr/tasks')).status).toBe(202);
  });

  it('lists every task', async () => {
    const { request, status } = await execute(await open('tasksList'), '/api/ocr/tasks');
    expect([status, new URL(request.url()).search]).toEqual([200, '']);
  });

  it('asks for a whole result, and for a reading with nothing special', async () => {
    for (const operation of ['resultsResult', 'readingsRead']) {
      const route = await open(operation);
      for (const name of ['Range', 'Prefer'])
        for (const field of await route.locator(`[data-param-name=${name}] input`).all())
          expect(await field.inputValue()).toBe('');
    }
  });

  it('calls a key a key', async () => {
    const { page } = suite.visit;
    await page.goto('/api/docs');
    const { components } = await suite.server.get<{ components: { securitySchemes: Record<string, object> } }>(
      '/api/openapi.json',
    );
    expect(components.securitySchemes.bearer).toMatchObject({ type: 'http', scheme: 'bearer' });
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    await page.getByText('One of the api_keys, where there are any.').waitFor();
    expect(await page.getByText('JWT').count()).toBe(0);
  });
});
