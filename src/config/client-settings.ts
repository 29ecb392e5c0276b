import { SettingsError } from './load-settings.js';
import { CLIENT_VARIABLES } from './client-variables.js';

/** How the `ocr-queue` command reaches a server. */
export interface ClientSettings {
  /** Address of the server, without a slash at its end. */
  readonly url: string;
  readonly apiKey?: string;
}

/**
 * Reads how to reach a server: the command line over `OCR_URL` and `OCR_API_KEY` over the address of a server with default
 * settings on this machine. @throws SettingsError
 */
export function loadClientSettings(
  said: { url?: string; apiKey?: string } = {},
  env: NodeJS.ProcessEnv = process.env,
): ClientSettings {
  const url = said.url ?? (env[CLIENT_VARIABLES.url] || 'http://127.0.0.1:8000');
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    const origin = said.url === undefined ? CLIENT_VARIABLES.url : '--url';
    throw new SettingsError(`${origin} is not valid: it must be an address like http://127.0.0.1:8000 (it is "${url}").`);
  }
  return { url: url.replace(/\/+$/, ''), apiKey: said.apiKey ?? (env[CLIENT_VARIABLES.apiKey] || undefined) };
}
