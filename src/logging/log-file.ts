import { accessSync, appendFileSync, closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createStream, type RotatingFileStream } from 'rotating-file-stream';
import { SettingsError, variableOf } from '../config/load-settings.js';
import type { Settings } from '../config/settings.js';

/** Milliseconds without a file after it failed (a full disk), before it is tried again. */
const RETRY_AFTER = 5000;

/** One log file, rotated by size and age. The current file always has the exact name; rotated ones carry a date before it. */
export class LogFile {
  private stream: RotatingFileStream | undefined;
  private failedAt = 0;
  private closed = false;
  private readonly path: string;

  /** @throws SettingsError naming `log_dir` when the folder cannot be written. */
  constructor(
    private readonly name: string,
    private readonly settings: Settings,
  ) {
    this.path = join(settings.log_dir, name);
    try {
      mkdirSync(settings.log_dir, { recursive: true });
      closeSync(openSync(this.path, 'a')); // its time must stay: it tells whether the file is due for rotation
      accessSync(settings.log_dir, constants.W_OK | constants.X_OK); // rotation makes new files in it
    } catch (error) {
      const variable = variableOf('log_dir');
      throw new SettingsError(
        `The log ${this.path} cannot be written: ${(error as Error).message}. Make log_dir (${variable}) name a writable folder.`,
      );
    }
    this.stream = this.open();
  }

  /** Adds a line. Never throws: a log that fails must not stop the work. */
  write(line: string): void {
    if (this.closed) return this.writeLate(line);
    if (this.stream === undefined && Date.now() - this.failedAt > RETRY_AFTER) this.stream = this.open();
    this.stream?.write(line);
  }

  /** Writes out what is waiting and closes the file. Lines that come later are still appended. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    const stream = this.stream;
    if (stream === undefined || stream.destroyed) return;
    await new Promise<void>((resolve) => {
      stream.once('close', resolve);
      stream.once('error', () => resolve());
      stream.end();
    });
  }

  private open(): RotatingFileStream {
    const { log_dir, log_max_size_mb, log_rotate_days, log_max_files } = this.settings;
    const stream = createStream(this.name, {
      path: log_dir,
      size: `${log_max_size_mb}M`,
      interval: `${log_rotate_days}d`,
      intervalBoundary: true, // at midnight, and counted through restarts
      initialRotation: true, // a file of an earlier day is rotated at the start
      maxFiles: log_max_files,
    });
    stream.on('error', (error) => {
      if (this.stream !== stream) return;
      this.stream = undefined;
      this.failedAt = Date.now();
      process.stderr.write(`The log ${this.path} cannot be written: ${error.message}\n`);
    });
    stream.on('warning', (error) => process.stderr.write(`The log ${this.path}: ${error.message}\n`));
    return stream;
  }

  private writeLate(line: string): void {
    try {
      appendFileSync(this.path, line);
    } catch {
      // the process is ending; there is nowhere left to say it
    }
  }
}
