import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PDFDocument, StandardFonts } from 'pdf-lib';
import type { Locator } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { wordsOf, type PageResult } from '../../src/document/page-result.js';
import { HAS_BROWSER } from '../support/dashboard-browser.js';
import { dashboardSuite } from '../support/dashboard-suite.js';
import { scanOf, wordsIn } from '../support/scans.js';
import { finished, until } from '../support/server-process.js';

const FRENCH =
  'Le contrat est signé par les deux parties à la fin de l’été, après une réunion très animée où chacun a pu défendre ses ' +
  'intérêts. La société s’engage à livrer les pièces dans un délai de trente jours, sauf événement imprévu. Les frais de ' +
  'déplacement sont à la charge du vendeur, qui doit prévenir dès que possible en cas de retard. Le président était prêt à ' +
  'négocier de nouveau ces clauses, pourvu que la qualité des matériaux soit vérifiée par un expert indépendant.';
const ENGLISH = 'The second page of this contract is short and was written in English for those who do not read French.';

describe.skipIf(!HAS_BROWSER)('the page viewer', () => {
  const suite = dashboardSuite({}, ({ inbox }) => writeScan(join(inbox, 'contrat.pdf'), [FRENCH, ENGLISH]));
  let task: string;
  let address: string;

  beforeAll(async () => {
    const body = { document_path: join(suite.home.inbox, 'contrat.pdf'), options: { language: 'eng', second_look: false } };
    task = (await suite.server.post<{ task_id: string }>('/api/ocr/tasks', body)).task_id;
    address = `/tasks/${task}/pages/1`;
  });

  const firstPage = async () => [...wordsOf(await suite.server.get<PageResult>(`/api/ocr/tasks/${task}/pages/1`))];
  const text = () => suite.visit.page.getByRole('region', { name: 'Text of page 1' });
  const word = (index: number): Locator => text().locator(`[data-word="${index}"]`);
  const open = async (search = '') => {
    await suite.visit.page.goto(`${address}${search}`);
    await suite.visit.page.getByAltText('Page 1 of the document').waitFor();
    await word(0).waitFor();
  };

  it('shows a page as soon as it is read, without being loaded anew', async () => {
    const { page } = suite.visit;
    await page.goto(address);
    await page.getByRole('heading', { name: 'Page 1' }).waitFor();
    await word(0).waitFor();
    await page.getByAltText('Page 1 of the document').waitFor();
    expect(wordsIn(await text().innerText())).toEqual(expect.arrayContaining(['contrat', 'parties']));
    expect(await text().locator('[data-word]').count()).toBe((await firstPage()).length);
    await finished(suite.server, task);
  });

  it('links the words of the text with their boxes, both ways', async () => {
    await open();
    const { page } = suite.visit;
    const words = await firstPage();
    const index = words.findIndex(({ text: each }) => each.startsWith('contrat'));
    await word(index).hover();
    const mark = page.locator('rect[data-kind="hovered"]');
    await mark.waitFor({ state: 'attached' });
    const { box } = words[index]!;
    expect(Number(await mark.getAttribute('x'))).toBeCloseTo(box.x0 - 2, 1);

    const sheet = (await page.getByAltText('Page 1 of the document').boundingBox())!;
    const { width } = await suite.server.get<PageResult>(`/api/ocr/tasks/${task}/pages/1`);
    const other = words[index + 2]!;
    const scale = sheet.width / width;
    const middle = { x: (other.box.x0 + other.box.x1) / 2, y: (other.box.y0 + other.box.y1) / 2 };
    await page.mouse.move(sheet.x + middle.x * scale, sheet.y + middle.y * scale);
    await text()
      .locator(`[data-word="${index + 2}"][data-hovered]`)
      .waitFor();
    await page.mouse.down();
    await page.mouse.up();
    await text()
      .locator(`[data-word="${index + 2}"][data-selected]`)
      .waitFor();
    await expect.poll(() => page.url()).toContain(`word=${index + 3}`);
  });

  it('goes from one doubtful word to the next, by a threshold that can be moved', async () => {
    await open('?threshold=94');
    const { page } = suite.visit;
    const doubtful = (await firstPage()).flatMap(({ confidence }, index) => (confidence < 95 ? [index] : []));
    expect(doubtful.length).toBeGreaterThan(2);
    await page.getByRole('slider').focus();
    await page.keyboard.press('ArrowRight');
    await page.getByText(`${doubtful.length} doubtful words`).waitFor();
    await expect.poll(() => page.url()).toContain('threshold=95');

    const isSelected = (at: number) => text().locator(`[data-word="${at}"][data-selected]`).waitFor();
    await page.getByRole('heading', { name: 'Page 1' }).click();
    await page.keyboard.press('n');
    await isSelected(doubtful[0]!);
    await page.keyboard.press('n');
    await isSelected(doubtful[1]!);
    await page.keyboard.press('Shift+N');
    await isSelected(doubtful[0]!);
    await text().focus();
    await page.keyboard.press('ArrowRight');
    await isSelected(doubtful[0]! + 1);
    await text().getByRole('status').getByText('sure, line').waitFor({ state: 'attached' });
  });

  it('is led by the keyboard, and remembers in the address', async () => {
    await open();
    const { page } = suite.visit;
    const sheet = page.getByAltText('Page 1 of the document');
    const upright = (await sheet.boundingBox())!;
    expect(upright.height).toBeGreaterThan(upright.width);
    await page.keyboard.press('r');
    await expect.poll(async () => (await sheet.boundingBox())!.width > (await sheet.boundingBox())!.height).toBe(true);
    await page.keyboard.press('+');
    await expect.poll(() => page.url()).toMatch(/turn=90.*zoom=\d+|zoom=\d+.*turn=90/);
    await page.keyboard.press('f');
    await expect.poll(() => page.url()).not.toContain('zoom=');
    await page.keyboard.press('j');
    await page.getByRole('heading', { name: 'Page 2' }).waitFor();
    expect(page.url()).not.toContain('turn=');
    const strip = page.getByRole('navigation', { name: 'Pages of the document' });
    await expect.poll(() => strip.getByRole('link', { name: /^Page 2/ }).getAttribute('aria-current')).toBe('page');
    await page.keyboard.press('k');
    await page.getByRole('heading', { name: 'Page 1' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('Next doubtful word').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'Page 1' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'contrat.pdf' }).waitFor();
  });

  it('has nothing that keeps people out, in both themes, in French and on a phone', async () => {
    await open('?word=3');
    await suite.visit.expectAccessible();
    await suite.visit.page.keyboard.press('e');
    await suite.visit.page.getByRole('form', { name: 'Read this page again with' }).waitFor();
    await suite.visit.expectAccessible();
    const phone = await suite.browser.visit(suite.server.url, {
      colorScheme: 'dark',
      locale: 'fr-FR',
      viewport: { width: 390, height: 844 },
    });
    await phone.page.goto(address);
    await phone.page.getByRole('region', { name: 'Texte de la page 1' }).waitFor();
    await phone.page.getByText('Le texte semble être dans une autre langue : Français').waitFor();
    await phone.expectAccessible();
    expect(await phone.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await phone.leave();
  });

  it('reads a page again in the language it is in, and puts the new reading into the result', async () => {
    await open();
    const { page } = suite.visit;
    const before = await suite.server.text(`/api/ocr/tasks/${task}/result?format=txt`);
    expect(wordsIn(before)).not.toContain('après');
    await page.getByText('The text seems to be in another language: French').waitFor();
    await page.getByRole('button', { name: 'Read again in French' }).click();

    const later = page.getByRole('region', { name: 'New reading' });
    await later.first().getByText('après').waitFor();
    await page.getByText(/\d+ words? differs?/).waitFor();
    expect(await later.first().locator('[data-differs]').allInnerTexts()).toContain('après');
    expect(page.url()).toContain('compare=');
    await suite.visit.expectAccessible();
    await page.getByRole('button', { name: 'Take the new reading' }).click();

    await page.getByText('The new reading of page 1 goes into the result').waitFor();
    const undo = await suite.visit.heldUndo();
    await expect.poll(() => page.url()).not.toContain('compare=');
    await text().getByText('après').waitFor();
    const after = await until(
      () => suite.server.text(`/api/ocr/tasks/${task}/result?format=txt`),
      (merged) => wordsIn(merged).includes('après'),
    );
    expect(wordsIn(after)).toEqual(expect.arrayContaining(['l’été,', 'très', 'second', 'English']));
    await undo.click();
    await text().getByText('après').waitFor({ state: 'detached' });
    const undone = await until(
      () => suite.server.text(`/api/ocr/tasks/${task}/result?format=txt`),
      (merged) => !wordsIn(merged).includes('après'),
    );
    expect(wordsIn(undone)).toEqual(wordsIn(before));

    // What was read first, and what was taken meanwhile, can still be looked at.
    await page.keyboard.press('e');
    const form = page.getByRole('form', { name: 'Read this page again with' });
    await form.getByRole('button', { name: /first reading.*in the result/ }).waitFor();
    await form.getByRole('button', { name: /^French/ }).click();
    await page.getByRole('button', { name: 'Take the new reading' }).waitFor();
  });
});

/** A scan in which each text is a page. */
async function writeScan(path: string, texts: readonly string[]): Promise<void> {
  const pdf = await PDFDocument.create();
  const font = await pdf.embedFont(StandardFonts.TimesRoman);
  for (const text of texts) {
    pdf.addPage([420, 595]).drawText(text, { x: 40, y: 520, size: 13, lineHeight: 20, maxWidth: 340, font });
  }
  const source = `${path}.source`;
  writeFileSync(source, await pdf.save());
  writeFileSync(
    path,
    await scanOf(
      source,
      texts.map((_, index) => index + 1),
      200,
    ),
  );
}
