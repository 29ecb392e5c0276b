// Run before the tests: sees to the programs they use beyond npm's. As root on Debian and its kin they are installed; else a
// line says what is missing and which tests will be skipped. Never fails: the tests that need no such program still count.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromiumPath } from './lib/chromium.mjs';

const TOOLS = [
  { program: 'pdftotext', debian: 'poppler-utils', other: 'poppler', tests: 'that read result PDFs with an independent reader' },
  {
    program: 'chromium',
    isThere: () => chromiumPath() !== undefined,
    debian: 'chromium',
    other: '--cask chromium',
    tests: 'of the dashboard in a real browser',
    hint: 'or set CHROMIUM to the path of a Chromium or Chrome',
  },
  { program: 'qpdf', debian: 'qpdf', other: 'qpdf', tests: 'that check the structure of result PDFs' },
];
/** Milliseconds one run of apt-get may take. */
const APT_TIMEOUT = 180_000;

let missing = TOOLS.filter(isMissing);
if (missing.length > 0 && process.getuid?.() === 0 && isInstalled('apt-get')) {
  const packages = missing.map(({ debian }) => debian);
  console.log(`Installing what the tests use: ${packages.join(', ')}`);
  const installed = aptGet('install', '--yes', '--no-install-recommends', ...packages);
  if (!installed.ok) {
    aptGet('update');
    const again = aptGet('install', '--yes', '--no-install-recommends', ...packages);
    if (!again.ok) console.log(`apt-get could not install them:\n${again.lastLines}`);
  }
  missing = TOOLS.filter(isMissing);
}
for (const { program, debian, other, tests, hint } of missing) {
  const how = process.platform === 'darwin' ? `brew install ${other}` : `apt-get install ${debian}`;
  console.log(
    `${program} is not installed: tests ${tests} will be skipped. To run them: ${how}${hint === undefined ? '' : `, ${hint}`}`,
  );
}

function isMissing({ program, isThere = () => isInstalled(program) }) {
  return !isThere();
}

function isInstalled(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function aptGet(...args) {
  const { status, stdout, stderr } = spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=60', ...args], {
    encoding: 'utf8',
    timeout: APT_TIMEOUT,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return { ok: status === 0, lastLines: `${stdout}${stderr}`.trim().split('\n').slice(-5).join('\n') };
}
