// `npm start`: builds when the compiled code is missing or older than its sources, then becomes the server. Everything runs
// in this one process, so signals and arguments need no passing on: `npm start -- --port 9000`.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ENTRY = join(ROOT, 'dist/src/main.js');
const DASHBOARD = join(ROOT, 'dist/dashboard/index.html');
/** What the compiled code is made of. A package from the registry has none of it: there `dist` is all there is. */
const SOURCES = [
  'src',
  'dashboard',
  'migrations',
  'ormconfig.ts',
  'tsconfig.json',
  'tsconfig.build.json',
  'nest-cli.json',
  'package-lock.json',
];

if (existsSync(join(ROOT, 'src')) && isOutdated()) build();
await import(new URL('../dist/src/main.js', import.meta.url).href);

function isOutdated() {
  if (!existsSync(ENTRY) || !existsSync(DASHBOARD)) return true;
  const built = statSync(ENTRY).mtimeMs;
  return SOURCES.some((name) => newestChange(join(ROOT, name)) > built);
}

/** Milliseconds since 1970 of the newest change in a file or folder. A folder's own time tells of files added and removed. */
function newestChange(path) {
  if (!existsSync(path)) return 0;
  const facts = statSync(path);
  if (!facts.isDirectory()) return /\.(spec|test)\.ts$/.test(path) ? 0 : facts.mtimeMs;
  return Math.max(facts.mtimeMs, ...readdirSync(path).map((name) => newestChange(join(path, name))));
}

function build() {
  if (!existsSync(join(ROOT, 'node_modules/@nestjs/cli'))) fail('The build tools are not installed. Run `npm ci` first.');
  process.stderr.write('Building OCR Queue (once for each change of the sources)...\n');
  // The npm that started us, where it did; whichever is on the PATH otherwise.
  const npm = process.env.npm_execpath === undefined ? ['npm'] : [process.execPath, process.env.npm_execpath];
  const { status, signal } = spawnSync(npm[0], [...npm.slice(1), 'run', '--silent', 'build'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: npm[0] === 'npm' && process.platform === 'win32',
  });
  if (signal !== null) process.exit(signal === 'SIGINT' ? 130 : 143);
  if (status !== 0) fail('The build failed; see above.');
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
