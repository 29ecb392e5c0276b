import { SECRET_SETTINGS, type Settings } from './settings.js';

type Name = keyof Settings;

/** A least value that other settings give a setting, beside the bounds of its own. */
interface Floor {
  readonly setting: 'node_lease' | 'page_timeout' | 'chunk_timeout';
  readonly least: number;
  readonly message: string;
}

/** A setting that does not go with the others. The message follows its name: "must be ...". */
export interface BrokenRule {
  readonly setting: Name;
  readonly message: string;
}

/**
 * The rules between settings. They hold for what a process is configured with and for what is changed
 * while it runs alike.
 * @returns those that are broken, each with the setting to change
 */
export function brokenRules(settings: Settings): BrokenRule[] {
  return [...floorsOf(settings).filter(({ setting, least }) => settings[setting] < least), ...halfPairs(settings)];
}

/** The least value of a setting that others allow; undefined where they have no say. */
export function leastBeside(settings: Settings, name: Name): number | undefined {
  return floorsOf(settings).find(({ setting }) => setting === name)?.least;
}

/** A broken rule as a sentence, with the value at fault. */
export function ruleSentence(settings: Settings, { setting, message }: BrokenRule): string {
  const value = settings[setting];
  const shown = value === undefined || SECRET_SETTINGS.has(setting) ? '' : ` (${JSON.stringify(value)})`;
  return `${setting}${shown} ${message}.`;
}

function floorsOf(settings: Settings): Floor[] {
  const { node_heartbeat: heartbeat, document_ai_bucket: bucket, document_ai_batch_timeout: batch } = settings;
  const floors: Floor[] = [
    { setting: 'node_lease', least: heartbeat * 2, message: `must be at least twice node_heartbeat (${heartbeat})` },
  ];
  if (bucket === undefined) return floors;
  // A page waits for its whole batch, and so does its chunk: with less time, what was paid for is thrown away.
  const message = `must be at least document_ai_batch_timeout (${batch}) with a document_ai_bucket`;
  return [...floors, { setting: 'page_timeout', least: batch, message }, { setting: 'chunk_timeout', least: batch, message }];
}

function halfPairs(settings: Settings): BrokenRule[] {
  return (['s3', 'textract'] as const).flatMap((service) => {
    const [id, secret] = [`${service}_access_key_id`, `${service}_secret_access_key`] as const;
    if ((settings[id] === undefined) === (settings[secret] === undefined)) return [];
    const [missing, there] = settings[id] === undefined ? [id, secret] : [secret, id];
    return [{ setting: missing, message: `must be set together with ${there}` }];
  });
}
