// `npm run bench:queue`: installs the peers and the Node they need into bench/.peers, then measures all in one run.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PEERS = join(ROOT, 'bench/.peers');
const PACKAGES = ['graphile-worker@0.18.0', 'pg-boss@12.38.0', 'node@24'];

const run = (command, args, cwd) => {
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};
const node = join(PEERS, 'node_modules/node/bin/node');
if (!existsSync(node)) {
  mkdirSync(PEERS, { recursive: true });
  writeFileSync(join(PEERS, 'package.json'), '{ "private": true }\n');
  run('npm', ['install', '--no-audit', '--no-fund', ...PACKAGES], PEERS);
}
if (!existsSync(join(ROOT, 'dist/src/main.js'))) run('npm', ['run', 'build'], ROOT);
run(node, ['--import', 'tsx', 'bench/queue/main.ts', '--peers', PEERS, ...process.argv.slice(2)], ROOT);
