import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

/** Parts of Nest that say one line for each module and route at the start: wanted when looking for something, not always. */
const TALKATIVE = new Set(['InstanceLoader', 'RouterExplorer', 'RoutesResolver', 'WebSocketsController', 'NestFactory']);

/** Nest's own messages as lines of a pino log, with Nest's context in the field `context`. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...more: unknown[]): void {
    const { context } = split(more);
    this.write(context !== undefined && TALKATIVE.has(context) ? 'debug' : 'info', message, more);
  }

  fatal(message: unknown, ...more: unknown[]): void {
    this.write('fatal', message, more);
  }

  error(message: unknown, ...more: unknown[]): void {
    this.write('error', message, more);
  }

  warn(message: unknown, ...more: unknown[]): void {
    this.write('warn', message, more);
  }

  debug(message: unknown, ...more: unknown[]): void {
    this.write('debug', message, more);
  }

  verbose(message: unknown, ...more: unknown[]): void {
    this.write('trace', message, more);
  }

  private write(level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace', message: unknown, more: unknown[]): void {
    const { context, rest } = split(more);
    const fields: Record<string, unknown> = context === undefined ? {} : { context };
    if (rest.length > 0)
      fields[level === 'error' || level === 'fatal' ? 'stack' : 'details'] = rest.length === 1 ? rest[0] : rest;
    if (message instanceof Error) this.logger[level]({ ...fields, err: message }, message.message);
    else if (typeof message === 'string') this.logger[level](fields, message);
    else this.logger[level]({ ...fields, message }, 'Nest says');
  }
}

/** Nest puts the context, a string, last. Only an error may have a stack before it, or alone. */
function split(more: unknown[]): { context?: string; rest: unknown[] } {
  const last = more.at(-1);
  const isContext = typeof last === 'string' && !last.includes('\n');
  const rest = (isContext ? more.slice(0, -1) : more).filter((each) => each !== undefined);
  return isContext ? { context: last, rest } : { rest };
}
