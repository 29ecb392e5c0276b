// `npm run screenshots`: starts the built server on documents of the repository and takes a picture of every view of the dashboard,
// light, dark, narrow and in French, into docs/screenshots.
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { chromiumPath } from './lib/chromium.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TARGET = join(ROOT, 'docs/screenshots');
const WIDE = { width: 1440, height: 900 };
const HIGHEST = 1500;
const NARROW = { width: 390, height: 844 };
const LOOKS = [
  { name: 'light', viewport: WIDE, colorScheme: 'light', locale: 'en-GB' },
  { name: 'dark', viewport: WIDE, colorScheme: 'dark', locale: 'en-GB' },
  { name: 'narrow', viewport: NARROW, colorScheme: 'light', locale: 'en-GB' },
  { name: 'french', viewport: WIDE, colorScheme: 'light', locale: 'fr-FR' },
];

const folder = mkdtempSync(join(tmpdir(), 'ocr-screenshots-'));
const inbox = join(folder, 'inbox');
mkdirSync(inbox);
/** Documents of the repository, under names people give to theirs. */
const DOCUMENTS = {
  'book-chapter.pdf': 'multipage.pdf',
  'letter.tif': 'phototest.tif',
  'leaflet-in-many-languages.tif': 'eurotext.tif',
  'old-novel.pdf': 'c02-22.pdf',
  'contract-protected.pdf': 'password.pdf',
  'manual.pdf': 'irm-400p.pdf',
  'newspaper-1947.tif': '8087_054.3B.tif',
  'faint-copy.pdf': 'loremipsum-flat.pdf',
};
for (const [name, document] of Object.entries(DOCUMENTS)) copyFileSync(join(ROOT, 'test/documents', document), join(inbox, name));
const server = await startServer();
try {
  const book = await submitAll(server.url);
  mkdirSync(TARGET, { recursive: true });
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
  const browser = await chromium.launch({ executablePath: chromiumPath(), args });
  const views = {
    overview: '/?window=5m',
    tasks: '/tasks',
    task: `/tasks/${book}`,
    page: `/tasks/${book}/pages/5`,
    submit: '/submit',
    settings: '/settings',
  };
  const visitors = [];
  for (const { name, ...look } of LOOKS) {
    const context = await browser.newContext({ ...look, deviceScaleFactor: 1, reducedMotion: 'reduce' });
    visitors.push({ name, viewport: look.viewport, page: await context.newPage() });
  }
  // View by view, so that all pictures of one show about the same.
  for (const [view, path] of Object.entries(views)) {
    for (const { name, viewport, page } of visitors) {
      await page.setViewportSize(viewport);
      await page.goto(`${server.url}${path}`);
      await page.waitForLoadState('networkidle').catch(() => {}); // a live page may never fall quite silent
      await page.waitForTimeout(2000); // thumbnails and charts come a little later
      if (viewport === WIDE) await fitHeight(page);
      await page.screenshot({ path: join(TARGET, `${view}-${name}.png`) });
    }
  }
  await browser.close();
} finally {
  server.child.kill('SIGTERM');
  await once(server.child, 'exit');
  rmSync(folder, { recursive: true, force: true });
}

/** Makes the window as high as what it shows, within reason, so that nothing is cut off. */
async function fitHeight(page) {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width: WIDE.width, height: Math.min(HIGHEST, Math.max(WIDE.height, height)) });
  await page.waitForTimeout(500);
}

async function startServer() {
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    OCR_PORT: '0',
    OCR_LOG_CONSOLE: 'off',
    OCR_DATA_DIR: join(folder, 'data'),
    OCR_LOG_DIR: join(folder, 'logs'),
    OCR_INPUT_ROOTS: inbox,
    // An engine that does not answer: nobody listens there.
    OCR_HTTP_OCR_URL: 'http://127.0.0.1:9/read',
  };
  const child = spawn(process.execPath, [join(ROOT, 'dist/src/main.js')], {
    env,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  for await (const data of child.stdout.iterator({ destroyOnReturn: false })) {
    said += String(data);
    const ready = /is ready: (http:\/\/[\w.:]+)/.exec(said);
    if (ready !== null) return { child, url: ready[1] };
  }
  throw new Error(`The server did not start: ${said}`);
}

/** Documents in every state: done, doubtful, failed, held, waiting, and some that run while the pictures are taken. @returns the one to look into */
async function submitAll(url) {
  const submit = async (document_path, options = {}, more = {}) => {
    const response = await fetch(`${url}/api/ocr/tasks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ document_path, options, ...more }),
    });
    const { task_id, detail } = await response.json();
    if (task_id === undefined) throw new Error(`${document_path} was refused: ${detail}`);
    return task_id;
  };
  const book = await submit('book-chapter.pdf', {}, { priority: 'HIGH', metadata: { description: 'A book, scanned' } });
  const ends = [
    book,
    await submit('letter.tif'),
    await submit('contract-protected.pdf'),
    await submit('old-novel.pdf'),
    await submit('faint-copy.pdf', { mode: 'force', dpi: 50, second_look: false }),
    await submit('manual.pdf', { mode: 'force', pages: '3-16', formats: ['pdf', 'txt', 'md'] }),
    await submit('newspaper-1947.tif'),
  ];
  await submit('manual.pdf', { ocr_provider: 'http', mode: 'force', pages: '17-76', chunk_size: 1 });
  for (const id of ends) {
    for (;;) {
      const task = await (await fetch(`${url}/api/ocr/tasks/${id}`)).json();
      if (task.finished_at !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  await submit('manual.pdf', { mode: 'force', pages: '3-200' }, { priority: 'LOW' });
  await submit('newspaper-1947.tif', { mode: 'force' });
  for (const name of ['leaflet-in-many-languages.tif', 'book-chapter.pdf', 'old-novel.pdf'])
    await submit(name, { language: 'eng+fra', mode: 'force' });
  return book;
}
