// `npm run dashboard:types`: writes dashboard/src/api/schema.gen.ts from the API's own description, as a running server gives it.
// Needs the compiled code (`npm run build`). With `--url http://...` that server is asked instead of one started for the purpose.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { typesOf } from './lib/dashboard-types.mjs';

const TARGET = fileURLToPath(new URL('../dashboard/src/api/schema.gen.ts', import.meta.url));
const asked = process.argv[2] === '--url' ? process.argv[3] : undefined;

if (asked !== undefined) {
  await write(asked);
} else {
  const { startNode } = await import(new URL('../dist/src/bootstrap.js', import.meta.url).href);
  const folder = mkdtempSync(join(tmpdir(), 'ocr-types-'));
  const places = { data_dir: join(folder, 'data'), log_dir: join(folder, 'logs') };
  const node = await startNode({ ...places, port: 0, roles: ['api'], log_console: 'off', database_url: null, store_url: null });
  try {
    await write(node.url);
  } finally {
    await node.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function write(url) {
  const response = await fetch(`${url}/api/openapi.json`);
  writeFileSync(TARGET, await typesOf(await response.json()));
  console.log(`Wrote ${TARGET}`);
}
