import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { HAS_BROWSER, type Visit } from '../support/dashboard-browser.js';
import { dashboardSuite } from '../support/dashboard-suite.js';
import { finished } from '../support/server-process.js';

const DOCUMENTS = new URL('../documents/', import.meta.url).pathname;
const PASSWORD = 'password';

describe.skipIf(!HAS_BROWSER)('the dashboard of somebody who hands in documents', () => {
  const suite = dashboardSuite({}, ({ inbox }) => {
    for (const name of ['password.pdf', 'phototest.tif', 'irm-400p.pdf']) copyFileSync(join(DOCUMENTS, name), join(inbox, name));
  });
  const submit = async (name: string, options = {}): Promise<string> => {
    const body = { document_path: join(suite.home.inbox, name), options };
    return (await suite.server.post<{ task_id: string }>('/api/ocr/tasks', body)).task_id;
  };

  describe('in French', () => {
    let french: Visit;
    beforeEach(async () => {
      french = await suite.browser.visit(suite.server.url, { locale: 'fr-FR' });
      return () => french.leave();
    });

    const givePassword = async (button: string) => {
      const { page } = french;
      await page.getByRole('button', { name: button }).click();
      await page.getByLabel('Mot de passe du document', { exact: true }).fill(PASSWORD);
      await page.getByRole('button', { name: 'Ouvrir et lire' }).click();
      await page.getByText('Terminée', { exact: true }).first().waitFor();
    };

    it('asks for the password where a protected document was handed in', async () => {
      const { page } = french;
      await page.goto('/submit');
      const buffer = readFileSync(join(DOCUMENTS, 'password.pdf'));
      await page.locator('input[type=file]').setInputFiles([{ name: 'contrat.pdf', mimeType: 'application/pdf', buffer }]);
      await page.getByRole('button', { name: 'Soumettre 1 document' }).click();
      await page.getByText('Mot de passe manquant ou erroné').waitFor();
      await french.expectAccessible();
      await givePassword('Donner le mot de passe de contrat.pdf');
      await page.getByRole('status').getByText('contrat.pdf : Terminée').waitFor({ state: 'attached' });
    });

    it('leads from a task that is gone to those there are', async () => {
      const { page } = french;
      await page.goto('/tasks/00000000-0000-7000-8000-00000000dead');
      await page.getByRole('heading', { level: 1, name: 'Cette tâche n’existe pas, ou plus' }).waitFor();
      await french.expectAccessible();
      await page.getByRole('main').getByRole('link', { name: 'Toutes les tâches' }).click();
      await page.waitForURL('**/tasks');
    });

    it('says what a protected document needs, and the server’s own English only when asked', async () => {
      const taskId = await submit('password.pdf');
      const { error } = (await finished(suite.server, taskId)) as unknown as { error: { message: string } };
      const { page } = french;
      await page.goto(`/tasks/${taskId}`);
      await page.getByText('Donnez son mot de passe et il sera lu, sans qu’il faille le soumettre de nouveau.').waitFor();
      const own = page.getByText(error.message);
      expect(await own.isVisible()).toBe(false);
      await page.getByText('Détails, en anglais').click();
      await own.waitFor();
      await french.expectAccessible();
      await givePassword('Donner le mot de passe');
    });
  });

  describe('by keyboard', () => {
    const focused = () => suite.visit.page.evaluate<string>('document.activeElement.ariaLabel ?? document.activeElement.id');

    it('goes on with the next row when one is deleted, and with the view when that is another', async () => {
      for (let n = 0; n < 2; n++) await finished(suite.server, await submit('phototest.tif'));
      const { page } = suite.visit;
      await page.goto('/tasks?q=phototest');
      const menus = page.getByRole('button', { name: 'Actions for phototest.tif' });
      await menus.nth(1).waitFor();
      await menus.first().focus();
      await page.keyboard.press('Enter');
      await page.getByRole('menuitem', { name: 'Delete' }).press('Enter');
      await menus.nth(1).waitFor({ state: 'detached' });
      await expect.poll(focused).toBe('Actions for phototest.tif');

      await page.getByRole('link', { name: 'phototest.tif' }).press('Enter');
      await page.getByRole('heading', { name: 'phototest.tif' }).waitFor();
      await expect.poll(focused).toBe('content');
    });

    it('moves among the pages with the arrows, and past them all with Tab', async () => {
      const taskId = await submit('irm-400p.pdf', { pages: '1-3', formats: ['txt'] });
      await finished(suite.server, taskId);
      const { page } = suite.visit;
      await page.goto(`/tasks/${taskId}`);
      await page.getByRole('link', { name: /^Page 1 ·/ }).focus();
      for (const [key, reached] of [
        ['ArrowRight', /^Page 2 ·/],
        ['End', /^Page 400 ·/],
        ['Home', /^Page 1 ·/],
      ] as const) {
        await page.keyboard.press(key);
        expect(await focused()).toMatch(reached);
      }
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.closest("ol")')).toBeNull();
    });

    it('hears what becomes of the task it looks at', async () => {
      const taskId = await submit('irm-400p.pdf', { mode: 'force', pages: '1-100', formats: ['txt'] });
      const { page } = suite.visit;
      await page.goto(`/tasks/${taskId}`);
      await page.getByText('Live', { exact: true }).filter({ visible: true }).first().waitFor();
      await page.getByRole('heading', { name: 'irm-400p.pdf' }).waitFor();
      await suite.server.post(`/api/ocr/tasks/${taskId}/cancel`);
      await page.locator('[aria-live=polite]').getByText('Cancelled', { exact: true }).waitFor();
    });

    it('goes on in the list once a choice is given up', async () => {
      await finished(suite.server, await submit('phototest.tif'));
      const { page } = suite.visit;
      await page.goto('/tasks?q=phototest');
      await page.getByRole('checkbox', { name: 'Select phototest.tif' }).first().press('Space');
      const giveUp = page.getByRole('button', { name: 'Clear the selection' });
      await giveUp.press('Enter');
      await giveUp.waitFor({ state: 'detached' });
      await expect.poll(focused).toBe('content');
    });
  });

  it('leaves room for the view where it is enlarged four times', async () => {
    const { page } = suite.visit;
    await page.setViewportSize({ width: 320, height: 215 });
    await page.goto('/submit');
    await page.getByRole('button', { name: 'Choose files' }).scrollIntoViewIfNeeded();
    const inTheWay = await page.evaluate<number>(`[...document.querySelectorAll('header, footer')]
      .map((bar) => bar.getBoundingClientRect())
      .reduce((sum, { top, bottom }) => sum + Math.max(0, Math.min(innerHeight, bottom) - Math.max(0, top)), 0)`);
    expect(inTheWay).toBe(0);
  });
});
