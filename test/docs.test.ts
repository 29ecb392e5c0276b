import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { OPTION_NAMES } from '../src/api/requests/submit-request.js';
import { FORMATS } from '../src/task-manager/task.types.js';

const SCRIPT = fileURLToPath(new URL('../scripts/generate-docs.mjs', import.meta.url));

it('the pages made from the code are up to date', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, '--check']).catch((error: { stdout: string }) => error);
  expect(stdout).toBe('');
});

describe('the page about the API', () => {
  const page = readFileSync(new URL('../docs/api.md', import.meta.url), 'utf8');
  const row = (name: string) => page.split('\n').find((line) => new RegExp(`^\\| +\`${name}\` +\\|`).test(line));

  it('tells of every option', () => {
    for (const name of OPTION_NAMES) expect(row(name), name).toBeDefined();
  });

  it('tells of every format', () => {
    for (const format of FORMATS) expect(row('formats')).toContain(`\`${format}\``);
  });
});
