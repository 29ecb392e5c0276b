// `npm run docs`: writes the pages under docs/ that are made from the code: the settings, the error codes, the state machine.
// With --check nothing is written; pages that are not up to date are named, with exit code 1. Uses the compiled code.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { configurationPage } from './docs/configuration.mjs';
import { errorsPage } from './docs/errors.mjs';
import { stateMachinePage } from './docs/state-machine.mjs';

const PAGES = {
  'docs/configuration.md': configurationPage,
  'docs/errors.md': errorsPage,
  'docs/state-machine.md': stateMachinePage,
};

const check = process.argv.includes('--check');
const stale = [];
for (const [path, makePage] of Object.entries(PAGES)) {
  const file = new URL(`../${path}`, import.meta.url);
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const page = await format(await makePage(before), { ...(await resolveConfig(file)), parser: 'markdown' });
  if (page === before) continue;
  stale.push(path);
  if (!check) writeFileSync(file, page);
}
if (stale.length > 0)
  console.log(
    check ? `Not up to date: ${stale.join(', ')}. Run \`npm run build && npm run docs\`.` : `Wrote ${stale.join(', ')}.`,
  );
process.exitCode = check && stale.length > 0 ? 1 : 0;
