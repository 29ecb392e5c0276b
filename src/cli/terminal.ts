import { styleText } from 'node:util';
import { ApiError, CliError } from './errors.js';

type Style = Parameters<typeof styleText>[0];

/**
 * What the command writes. Results go to stdout; notes, progress and errors to stderr. With `--json`, stdout carries JSON alone:
 * one document, or one a line. Colours only where people look.
 */
export class Terminal {
  constructor(readonly json: boolean) {}

  /** True when progress can be drawn in place. */
  get isLive(): boolean {
    return !this.json && process.stderr.isTTY === true;
  }

  /** Columns of the terminal; wide when there is none. */
  get width(): number {
    return process.stdout.columns ?? 120;
  }

  /** A line of the result, for people. */
  line(text: string): void {
    if (!this.json) process.stdout.write(`${text}\n`);
  }

  /** A part of the result, for scripts: one line of JSON. */
  data(value: unknown): void {
    if (this.json) process.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** What is good to know, but not the result. */
  note(text: string): void {
    if (!this.json) process.stderr.write(`${text}\n`);
  }

  /** An error, and what it is about where its message does not begin with that; for scripts a line of JSON with its code. */
  fail(error: unknown, about?: string): void {
    const message = messageOf(error);
    if (this.json) {
      const problem = error instanceof ApiError ? error.problem : {};
      process.stderr.write(`${JSON.stringify({ ...problem, message, ...(about === undefined ? {} : { about }) })}\n`);
    } else {
      const text = about === undefined || message.startsWith(about) ? message : `${about}: ${message}`;
      process.stderr.write(`${process.stderr.hasColors?.() ? styleText('red', text) : text}\n`);
    }
  }

  paint(style: Style, text: string): string {
    return process.stdout.isTTY && process.stdout.hasColors() ? styleText(style, text) : text;
  }
}

function messageOf(error: unknown): string {
  if (error instanceof CliError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
