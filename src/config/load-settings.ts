import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { issueMessage } from '../requests/issue-message.js';
import { CLIENT_VARIABLES } from './client-variables.js';
import { isServiceVariable } from './service-variables.js';
import { brokenRules, ruleSentence } from './setting-rules.js';
import { SECRET_SETTINGS, settingsSchema, type Settings } from './settings.js';

/** Name of the configuration file looked for in the working directory. `OCR_CONFIG` names another one. */
export const CONFIG_FILE = 'ocr-queue.config.yaml';

/** `OCR_*` variables that are no settings: the file's name, and those of the command. */
const OTHER_VARIABLES: readonly string[] = ['OCR_CONFIG', ...Object.values(CLIENT_VARIABLES)];

/** A wrong setting. The message names the setting, its origin and what is allowed; the start stops on it. */
export class SettingsError extends Error {}

/**
 * Reads the settings: command-line overrides over environment over configuration file over defaults.
 * @param overrides What the command line said. `undefined` says nothing; `null` takes back what environment or file said.
 * @param defaults A command's own defaults, in place of the general ones.
 * @throws SettingsError naming every wrong or unknown setting.
 */
export function loadSettings(
  overrides: Record<string, unknown> = {},
  env: NodeJS.ProcessEnv = process.env,
  cwd: string = process.cwd(),
  defaults: Record<string, unknown> = {},
): Settings {
  const file = readConfigFile(env.OCR_CONFIG, cwd);
  const known = Object.keys(settingsSchema.shape);
  const origins = new Map<string, string>();
  const merged: Record<string, unknown> = { ...defaults };
  const take = (name: string, value: unknown, origin: string) => {
    merged[name] = value;
    origins.set(name, origin);
  };

  for (const [name, value] of Object.entries(file.values)) take(name, value, `${name} in ${file.name}`);
  for (const name of known) {
    const variable = variableOf(name);
    const value = env[variable];
    if (value !== undefined && value !== '' && !isServiceVariable(variable, value)) take(name, value, variable);
  }
  for (const [name, value] of Object.entries(overrides)) {
    if (value === null) delete merged[name];
    else if (value !== undefined) take(name, value, name);
  }
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith('OCR_') || OTHER_VARIABLES.includes(variable) || isServiceVariable(variable, env[variable]))
      continue;
    if (!known.includes(variable.slice(4).toLowerCase()))
      throw new SettingsError(`${variable} is not a setting. See docs/configuration.md.`);
  }

  const result = settingsSchema.safeParse(merged);
  if (!result.success) {
    const lines = result.error.issues.map((issue) => {
      if (issue.code === 'unrecognized_keys')
        return issue.keys.map((key) => `${origins.get(key) ?? key} is not a setting.`).join('\n');
      const name = String(issue.path[0]);
      // Names and passwords, and keys in queries, stand in addresses too.
      const isSecret = SECRET_SETTINGS.has(name) || (name.endsWith('_url') && /[@?]/.test(String(merged[name])));
      const shown = isSecret ? 'its value is not shown' : `it is ${JSON.stringify(merged[name])}`;
      const message = issueMessage(issue).replace(/^must /, 'it must ');
      return `${origins.get(name) ?? name} is not valid: ${message} (${shown}).`;
    });
    throw new SettingsError(`${lines.join('\n')}\nSee docs/configuration.md.`);
  }
  const broken = brokenRules(result.data);
  if (broken.length > 0) throw new SettingsError(broken.map((rule) => ruleSentence(result.data, rule)).join('\n'));
  return deriveFolders(result.data, cwd);
}

/** The environment variable that carries a setting. */
export function variableOf(name: string): string {
  return name === 'database_url' ? 'DATABASE_URL' : `OCR_${name.toUpperCase()}`;
}

/** The folder for documents that is an input root when none is set. */
export function defaultInbox(dataDir: string): string {
  return join(dataDir, 'inbox');
}

/** The folder for samples that is an input root when none is set. Nobody need make it. */
export function defaultSamples(cwd: string = process.cwd()): string {
  return resolve(cwd, 'samples');
}

/** The folder for results that is the output root when none is set. */
export function defaultOutbox(dataDir: string): string {
  return join(dataDir, 'outbox');
}

function readConfigFile(asked: string | undefined, cwd: string): { name: string; values: Record<string, unknown> } {
  const name = asked ?? CONFIG_FILE;
  const path = resolve(cwd, name);
  if (!existsSync(path)) {
    if (asked !== undefined) throw new SettingsError(`OCR_CONFIG names ${asked}, which does not exist.`);
    return { name, values: {} };
  }
  let values: unknown;
  try {
    values = parse(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    throw new SettingsError(`${name} cannot be read: ${(error as Error).message}`);
  }
  if (typeof values !== 'object' || Array.isArray(values)) throw new SettingsError(`${name} must hold "name: value" lines.`);
  return { name, values: values as Record<string, unknown> };
}

function deriveFolders(settings: Settings, cwd: string): Settings {
  const dataDir = resolve(cwd, settings.data_dir);
  const absolute = (folders: string[]) => folders.map((folder) => resolve(cwd, folder));
  return {
    ...settings,
    data_dir: dataDir,
    log_dir: resolve(cwd, settings.log_dir),
    tessdata_dir: settings.tessdata_dir === undefined ? undefined : resolve(cwd, settings.tessdata_dir),
    document_ai_key_file: settings.document_ai_key_file === undefined ? undefined : resolve(cwd, settings.document_ai_key_file),
    input_roots: settings.input_roots.length > 0 ? absolute(settings.input_roots) : [defaultInbox(dataDir), defaultSamples(cwd)],
    output_roots: settings.output_roots.length > 0 ? absolute(settings.output_roots) : [defaultOutbox(dataDir)],
  };
}
