import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../scripts/generate-docs.mjs', import.meta.url));

it('the pages made from the code are up to date', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, '--check']).catch((error: { stdout: string }) => error);
  expect(stdout).toBe('');
});
