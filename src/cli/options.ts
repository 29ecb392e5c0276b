import { InvalidArgumentError, Option, type Command } from 'commander';
import type { RetryOptions } from '../api/requests/submit-request.js';
import { WEBHOOK_EVENTS, type WebhookEvent } from '../config/webhook-events.js';
import {
  FORMATS,
  MODES,
  PREPROCESS_STEPS,
  PRIORITIES,
  type Format,
  type Mode,
  type PreprocessStep,
  type Priority,
} from '../task-manager/task.types.js';
import type { Treatment } from './api-client.js';

/** Options every command has. */
export interface GlobalOptions {
  json: boolean;
  url?: string;
  apiKey?: string;
}

/** How pages are read and what is made of them, as the command line says it; it can be said anew for a retry. */
export interface ReadingOptions {
  language?: string;
  format?: Format[];
  mode?: Mode;
  dpi?: number;
  password?: string;
  provider?: string;
  fallback?: string[];
  preprocess?: Partial<Record<PreprocessStep, boolean>>;
  secondLook?: boolean;
  cache?: boolean;
  rotatePages?: boolean;
  deskew?: boolean;
  optimize?: boolean;
}

/** How documents are to be treated. */
export interface TreatmentOptions extends ReadingOptions {
  priority?: Priority;
  pages?: string;
  chunkSize?: number;
  textChunkSize?: number;
  tenant?: string;
  metadata?: Record<string, unknown>;
}

/** Where a server brings the results besides, and whom it tells of them. */
export interface DeliveryOptions {
  outputPath?: string;
  webhookUrl?: string;
  webhookEvents?: WebhookEvent[];
}

/** Adds the options of {@link ReadingOptions} to a command. */
export function withReading(command: Command): Command {
  command
    .option('-l, --language <languages>', 'languages of the document: eng, fra, eng+fra')
    .addOption(
      new Option('-f, --format <formats>', `results to make, commas between them: ${FORMATS.join(', ')}`).argParser(formats),
    )
    .addOption(new Option('--mode <mode>', 'what to do with text that is there already').choices(MODES))
    .addOption(new Option('--dpi <dpi>', 'resolution pages are drawn at; 0 chooses').argParser(wholeNumber))
    .option('--password <password>', 'opens a protected PDF')
    .option('--provider <name>', 'OCR engine')
    .addOption(
      new Option('--fallback <names>', 'engines that stand in for it, the first one first, commas between them').argParser(
        namesOf,
      ),
    )
    .addOption(
      new Option(
        '--preprocess <steps>',
        `steps every page image goes through, commas between them: ${PREPROCESS_STEPS.join(', ')} (--no-preprocess <steps>: none does)`,
      ).argParser(stepsBeing(true)),
    )
    .addOption(new Option('--no-preprocess <steps>').argParser(stepsBeing(false)).hideHelp());
  addSwitch(command, 'second-look', 'read doubtful pages again in another manner');
  addSwitch(command, 'cache', 'take page images read before as they were read then');
  addSwitch(command, 'rotate-pages', 'turn pages upright in the PDF, too');
  addSwitch(command, 'deskew', 'set crooked pages straight in the PDF, too');
  addSwitch(command, 'optimize', 'make the PDF smaller where that loses nothing');
  return command;
}

/** Adds the options of {@link TreatmentOptions} to a command. */
export function withTreatment(command: Command): Command {
  return withReading(command)
    .addOption(new Option('--priority <priority>', 'how urgent it is').argParser(upperCaseOf(PRIORITIES)))
    .option('--pages <pages>', 'pages to treat: 1-3,5,9-')
    .addOption(new Option('--chunk-size <pages>', 'pages in a chunk').argParser(wholeNumber))
    .addOption(
      new Option('--text-chunk-size <pages>', 'most pages in a chunk of a document that carries its text').argParser(wholeNumber),
    )
    .option('--tenant <name>', 'whom the work is for')
    .addOption(new Option('--metadata <json>', 'your own facts, a JSON object').argParser(jsonObject));
}

/** Adds the options of {@link DeliveryOptions} to a command. */
export function withDelivery(command: Command): Command {
  return command
    .option('--output-path <path>', 'where the server is to put the results besides')
    .option('--webhook-url <url>', 'address that is told how each ends')
    .addOption(
      new Option('--webhook-events <events>', `what it is told of instead: ${WEBHOOK_EVENTS.join(', ')}`).argParser(
        webhookEvents,
      ),
    );
}

/** The same as the API takes it. */
export function readingOf(said: ReadingOptions): RetryOptions {
  const { language, mode, dpi, password, preprocess, cache, deskew, optimize } = said;
  return {
    language,
    mode,
    dpi,
    password,
    preprocess,
    cache,
    deskew,
    optimize,
    formats: said.format,
    ocr_provider: said.provider,
    provider_fallback: said.fallback,
    second_look: said.secondLook,
    rotate_pages: said.rotatePages,
  };
}

/** The same as the API takes it; `made` are the formats of a command that chooses them itself. */
export function treatmentOf(said: TreatmentOptions, made?: readonly Format[]): Treatment {
  const { priority, tenant, metadata, pages, chunkSize, textChunkSize } = said;
  const reading = readingOf({ ...said, format: made === undefined ? said.format : [...made] });
  const options = { ...reading, pages, chunk_size: chunkSize, text_chunk_size: textChunkSize };
  return { priority, options, tenant, metadata };
}

/** The same as the API takes it. */
export function deliveryOf({ outputPath, webhookUrl, webhookEvents: events }: DeliveryOptions): RetryOptions {
  return { output_path: outputPath, webhook_url: webhookUrl, webhook_events: events };
}

/** A switch and its opposite (`--cache`, `--no-cache`). Of one that is left out nothing is said: the server decides. */
function addSwitch(command: Command, name: string, description: string): void {
  command
    .option(`--${name}`, `${description} (--no-${name}: do not)`)
    .addOption(new Option(`--no-${name}`, description).hideHelp());
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

/** Notes the steps as always taken, or as never; both options add to what the other has said. */
function stepsBeing(taken: boolean) {
  return (text: string, said: ReadingOptions['preprocess'] = {}): ReadingOptions['preprocess'] => ({
    ...said,
    ...Object.fromEntries(namesIn(text, PREPROCESS_STEPS, 'Steps').map((step) => [step, taken])),
  });
}

function namesOf(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

function namesIn<T extends string>(text: string, allowed: readonly T[], what: string): T[] {
  const names = namesOf(text.toLowerCase());
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
