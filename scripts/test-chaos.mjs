// npm run test:chaos: the long runs of what `npm test` runs short. `npm run test:chaos -- --seconds 300 --seed 7` says how long, and
// repeats an earlier run's order of events.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '180' }, seed: { type: 'string' } } });
const env = { ...process.env, OCR_CHAOS_SECONDS: values.seconds, OCR_PLAN_SCALE: '10' };
if (values.seed !== undefined) env.OCR_CHAOS_SEED = values.seed;
const files = ['test/chaos', 'test/integration/claim-plan.test.ts'];
// One file at a time: they measure times.
const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...files, '--no-file-parallelism'];
process.exitCode = spawnSync(process.execPath, vitest, { env, stdio: 'inherit' }).status ?? 1;
