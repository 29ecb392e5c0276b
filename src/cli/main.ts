#!/usr/bin/env node
import { runCli } from './run-cli.js';

// Whoever reads our output may have read enough (`ocr-queue list | head`).
process.stdout.on('error', () => process.exit());

const code = await runCli(process.argv.slice(2));
if (code !== undefined) {
  process.exitCode = code;
  // Nothing should be left to wait for; should something be, it must not keep the caller.
  setTimeout(() => process.exit(), 3000).unref();
}
