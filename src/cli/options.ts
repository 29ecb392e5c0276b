import { InvalidArgumentError, Option, type Command } from 'commander';
import { WEBHOOK_EVENTS, type WebhookEvent } from '../config/webhook-events.js';
import { FORMATS, MODES, PRIORITIES, type Format, type Mode, type Priority } from '../task-manager/task.types.js';
import type { Treatment } from './api-client.js';

/** Options every command has. */
export interface GlobalOptions {
  json: boolean;
  url?: string;
  apiKey?: string;
}

/** How documents are to be treated, as the command line says it. */
export interface TreatmentOptions {
  language?: string;
  priority?: Priority;
  format?: Format[];
  mode?: Mode;
  pages?: string;
  dpi?: number;
  password?: string;
  optimize?: boolean;
  provider?: string;
  chunkSize?: number;
  metadata?: Record<string, unknown>;
}

/** Adds the options of {@link TreatmentOptions} to a command. */
export function withTreatment(command: Command): Command {
  return command
    .option('-l, --language <languages>', 'languages of the document: eng, fra, eng+fra')
    .addOption(new Option('--priority <priority>', 'how urgent it is').argParser(upperCaseOf(PRIORITIES)))
    .addOption(
      new Option('-f, --format <formats>', `results to make, commas between them: ${FORMATS.join(', ')}`).argParser(formats),
    )
    .addOption(new Option('--mode <mode>', 'what to do with text that is there already').choices(MODES))
    .option('--pages <pages>', 'pages to treat: 1-3,5,9-')
    .addOption(new Option('--dpi <dpi>', 'resolution pages are drawn at; 0 chooses').argParser(wholeNumber))
    .option('--password <password>', 'opens a protected PDF')
    .option('--optimize', 'make the PDF smaller where that loses nothing')
    .option('--provider <name>', 'OCR engine')
    .addOption(new Option('--chunk-size <pages>', 'pages in a chunk').argParser(wholeNumber))
    .addOption(new Option('--metadata <json>', 'your own facts, a JSON object').argParser(jsonObject));
}

/** The same as the API takes it. */
export function treatmentOf(said: TreatmentOptions, made?: readonly Format[]): Treatment {
  const { language, pages, mode, dpi, password, optimize, chunkSize } = said;
  const formats = made === undefined ? said.format : [...made];
  const engine = { ocr_provider: said.provider, chunk_size: chunkSize };
  const options = { language, pages, mode, dpi, password, optimize, formats, ...engine };
  return { priority: said.priority, options, metadata: said.metadata };
}

/** @throws InvalidArgumentError */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** @throws InvalidArgumentError */
export function formats(text: string): Format[] {
  return namesIn(text, FORMATS, 'Formats');
}

/** @throws InvalidArgumentError */
export function webhookEvents(text: string): WebhookEvent[] {
  return namesIn(text, WEBHOOK_EVENTS, 'Events');
}

function namesIn<T extends string>(text: string, allowed: readonly T[], what: string): T[] {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  const known = names.flatMap((name) => allowed.find((each) => each === name) ?? []);
  if (known.length < names.length) throw new InvalidArgumentError(`${what} are: ${allowed.join(', ')}.`);
  return [...new Set(known)];
}

function upperCaseOf<T extends string>(allowed: readonly T[]): (text: string) => T {
  return (text) => {
    const found = allowed.find((each) => each === text.toUpperCase());
    if (found === undefined) throw new InvalidArgumentError(`It must be one of: ${allowed.join(', ')}.`);
    return found;
  };
}

function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // told below
  }
  throw new InvalidArgumentError('It must be a JSON object.');
}
