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
    for (const name of ['password.pdf', 'phototest.tif']) copyFileSync(join(DOCUMENTS, name), join(inbox, name));
  });
  const submit = async (name: string): Promise<string> => {
    const body = { document_path: join(suite.home.inbox, name) };
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
    });

    it('says what a protected document needs, and the server’s own English only when asked', async () => {
      const taskId = await submit('password.pdf');
      const { error } = (await finished(suite.server, taskId)) as unknown as { error: { message: string } };
      const { page } = french;
      await page.goto(`/tasks/${taskId}`);
      await page.getByText('Donnez son mot de passe et il sera lu, sans le soumettre de nouveau.').waitFor();
      const own = page.getByText(error.message);
      expect(await own.isVisible()).toBe(false);
      await page.getByText('Détails, en anglais').click();
      await own.waitFor();
      await french.expectAccessible();
      await givePassword('Donner le mot de passe');
    });
  });
});
