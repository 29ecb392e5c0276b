import { runCli } from './cli/run-cli.js';

// The server, with the options of `ocr-queue serve`. Once it is up, only signals end it.
const code = await runCli(['serve', ...process.argv.slice(2)]);
if (code !== undefined) process.exitCode = code;
