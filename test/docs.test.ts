import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { OPTION_NAMES } from '../src/api/requests/submit-request.js';
import { buildProgram } from '../src/cli/program.js';
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

it('the page about the command tells of every command, and of every option documents are handed in with', () => {
  const page = readFileSync(new URL('../docs/cli.md', import.meta.url), 'utf8');
  const { commands } = buildProgram(() => undefined);
  for (const command of commands) expect(page).toContain(`\`${command.name()}\``);
  const submit = commands.find((command) => command.name() === 'submit');
  for (const { long, hidden } of submit?.options ?? []) if (!hidden) expect(page).toContain(`\`${long}\``);
});
