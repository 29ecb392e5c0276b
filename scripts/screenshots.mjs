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
for (const name of [
  'multipage.pdf',
  'phototest.tif',
  'eurotext.tif',
  'c02-22.pdf',
  'password.pdf',
  'irm-400p.pdf',
  '8087_054.3B.tif',
]) {
  copyFileSync(join(ROOT, 'test/documents', name), join(inbox, name));
}
const server = await startServer();
try {
  const { multipage } = await submitAll(server.url);
  mkdirSync(TARGET, { recursive: true });
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
  const browser = await chromium.launch({ executablePath: chromiumPath(), args });
  const views = {
    overview: '/',
    tasks: '/tasks',
    task: `/tasks/${multipage}`,
    page: `/tasks/${multipage}/pages/3`,
    submit: '/submit',
    settings: '/settings',
  };
  for (const { name, ...look } of LOOKS) {
    const context = await browser.newContext({ ...look, deviceScaleFactor: 1, reducedMotion: 'reduce' });
    const page = await context.newPage();
    for (const [view, path] of Object.entries(views)) {
      await page.goto(`${server.url}${path}`);
      await page.waitForLoadState('networkidle').catch(() => {}); // a live page may never fall quite silent
      await page.waitForTimeout(1000);
      await page.screenshot({ path: join(TARGET, `${view}-${name}.png`) });
    }
    await context.close();
  }
  await browser.close();
} finally {
  server.child.kill('SIGTERM');
  await once(server.child, 'exit');
  rmSync(folder, { recursive: true, force: true });
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

/** Documents in every state: done, failed, waiting, and one that runs while the pictures are taken. */
async function submitAll(url) {
  const submit = async (document_path, body = {}) => {
    const response = await fetch(`${url}/api/ocr/tasks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ document_path, ...body }),
    });
    return (await response.json()).task_id;
  };
  const multipage = await submit('multipage.pdf', { priority: 'HIGH', metadata: { description: 'A book, scanned' } });
  const done = [multipage, await submit('phototest.tif'), await submit('password.pdf'), await submit('c02-22.pdf')];
  done.push(await submit('irm-400p.pdf', { options: { formats: ['pdf', 'txt', 'md'] } }));
  for (const id of done) {
    for (;;) {
      const task = await (await fetch(`${url}/api/ocr/tasks/${id}`)).json();
      if (task.finished_at !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  await submit('irm-400p.pdf', { priority: 'LOW', options: { mode: 'force', pages: '3-200' } });
  await submit('8087_054.3B.tif', { options: { mode: 'force' } });
  for (const name of ['eurotext.tif', 'multipage.pdf', 'c02-22.pdf'])
    await submit(name, { options: { language: 'eng+fra', mode: 'force' } });
  return { multipage };
}
