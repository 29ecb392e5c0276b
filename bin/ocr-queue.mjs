#!/usr/bin/env node
// The command `ocr-queue`. A file of its own, not the compiled one: it is there before the build, so that npx finds it in a fresh clone.
import { existsSync } from 'node:fs';

const main = new URL('../dist/src/cli/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  console.error('ocr-queue is not built yet: run "npm run build" ("npm start" does it too).');
  process.exitCode = 1;
}
