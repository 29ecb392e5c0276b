import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { damaged, damages } from './damage.js';
import { Mill } from './mill.js';

/**
 * `npm run test:fuzz -- [variants of each document] [first seed] [names]`: damaged variants of every sample, and of those in ../shared/samples
 * when it is there, the whole way from document to results. Fails when one of them crashes or hangs.
 */
const SECONDS_EACH = 60;
const [variants = 100, seed = 1] = process.argv.slice(2, 4).map(Number);
const chosen = process.argv.slice(4);
const folders = [
  fileURLToPath(new URL('../documents', import.meta.url)),
  fileURLToPath(new URL('../../../shared/samples', import.meta.url)),
];

const documents = new Map<string, string>();
for (const folder of folders.filter((path) => existsSync(path)))
  for (const name of readdirSync(folder)) if (/\.(pdf|tif|png)$/.test(name)) documents.set(name, join(folder, name));

let mostMemory = 0;
const watch = setInterval(() => (mostMemory = Math.max(mostMemory, process.memoryUsage.rss())), 50);
const broken: string[] = [];
process.on('unhandledRejection', (error) => broken.push(`unhandled: ${String(error)}`));
const mill = await Mill.start();
const started = performance.now();
let total = 0;
for (const [name, path] of documents) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const document = readFileSync(path);
  const results = new Map<string, number>();
  let slowest = { ms: 0, what: '' };
  for (const damage of [null, ...damages(variants, seed)]) {
    const what = damage ? `${damage.kind} ${damage.seed}` : 'whole';
    total++;
    try {
      const outcome = await mill.take(damage ? damaged(document, damage) : document, SECONDS_EACH);
      results.set(outcome.result, (results.get(outcome.result) ?? 0) + 1);
      if (outcome.ms > slowest.ms) slowest = { ms: outcome.ms, what };
    } catch (error) {
      broken.push(`${name} ${what}: ${String(error)}`);
      console.log(`BROKEN ${name} ${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
  const told = [...results].map(([result, count]) => `${count} ${result}`).join(', ');
  console.log(`${name}: ${told}; slowest ${(slowest.ms / 1000).toFixed(1)} s (${slowest.what})`);
}
await mill.close();
clearInterval(watch);
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`${total} documents in ${seconds} s, peak memory ${(mostMemory / 1024 ** 2).toFixed(0)} MB, ${broken.length} broken`);
for (const line of broken) console.log(line);
process.exitCode = broken.length > 0 ? 1 : 0;
