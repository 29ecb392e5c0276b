import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type DestinationStream, type Logger, multistream, pino, stdTimeFunctions } from 'pino';
import pretty from 'pino-pretty';
import { SETTINGS, type Settings } from '../config/settings.js';
import { LogFile } from './log-file.js';
import { NestLogger } from './nest-logger.js';
import { redactFields, redactLine, SECRET_BINDINGS } from './redact.js';

/**
 * The three logs: structured JSON lines, one file each in `log_dir`, and the same lines on the console as `log_console`
 * says. Every line has `time` (ISO 8601, UTC), `level` (a word), `log` and `msg`. Secrets are taken out on the way.
 */
@Injectable()
export class Logs implements OnApplicationShutdown {
  /** `ocr_queue.log`: the queue, its nodes and everything about the process. */
  readonly queue: Logger;
  /** `tasks.log`: each task; lines carry `task_id`. */
  readonly tasks: Logger;
  /** `api.log`: each call; lines carry `request_id`. */
  readonly api: Logger;
  /** Sends Nest's own messages to the queue's log: `app.useLogger(logs.nest)`. */
  readonly nest: NestLogger;
  private readonly files: LogFile[] = [];

  /** @throws SettingsError when the folder of the logs cannot be written. */
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {
    const console = consoleStream(settings.log_console);
    this.queue = this.open('queue', 'ocr_queue.log', console);
    this.tasks = this.open('tasks', 'tasks.log', console);
    this.api = this.open('api', 'api.log', console);
    this.nest = new NestLogger(this.queue);
  }

  /** Writes out what is waiting. Lines logged later still reach their file. */
  async close(): Promise<void> {
    await Promise.all(this.files.map((file) => file.close()));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  private open(log: string, name: string, console: DestinationStream | undefined): Logger {
    const file = new LogFile(name, this.settings);
    this.files.push(file);
    const level = this.settings.log_level;
    const streams = [file, ...(console === undefined ? [] : [console])].map((stream) => ({ level, stream }));
    return pino(
      {
        level,
        base: { log, pid: process.pid },
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }), log: redactFields },
        redact: SECRET_BINDINGS,
        hooks: { streamWrite: redactLine },
      },
      multistream(streams),
    );
  }
}

function consoleStream(kind: Settings['log_console']): DestinationStream | undefined {
  if (kind === 'off') return undefined;
  if (kind === 'json') return process.stdout;
  return pretty({
    colorize: process.stdout.isTTY === true,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,log',
    messageFormat: '[{log}] {msg}',
    singleLine: true,
    sync: true,
  });
}
