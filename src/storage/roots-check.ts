import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { defaultOutbox, defaultSamples, variableOf } from '../config/load-settings.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { missingRoots } from './allowed-roots.js';

/** What is wrong while a root of each setting is not there. */
const CONSEQUENCES = {
  input_roots: 'no document under it can be read',
  output_roots: 'no result can be put under it',
} as const;

/** Milliseconds a share may take to answer. */
const PATIENCE = 5000;

/** Warns at the start of roots that are not there on this node: a share that is not mounted, say. Tasks that need them fail or wait. */
@Injectable()
export class RootsCheck implements OnApplicationBootstrap {
  private readonly logger = new Logger(RootsCheck.name);
  /** Ends when all have answered. */
  checked: Promise<void> = Promise.resolve();

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  /** Nothing waits for it: a share may hang for as long as its server is away. */
  onApplicationBootstrap(): void {
    this.checked = this.check();
  }

  private async check(): Promise<void> {
    // The scheduler neither reads documents nor puts results anywhere.
    if (this.settings.roles.every((role) => role === 'scheduler')) return;
    // The default inbox is made before this; the outbox with the first result.
    const optional = [defaultSamples(), defaultOutbox(this.settings.data_dir)];
    for (const setting of ['input_roots', 'output_roots'] as const) {
      const expected = this.settings[setting].filter((root) => !optional.includes(root));
      const slow = setTimeout(
        () => this.logger.warn(`Folders of ${setting} (${variableOf(setting)}) do not answer: ${expected.join(', ')}`),
        PATIENCE,
      ).unref();
      const missing = await missingRoots(expected);
      clearTimeout(slow);
      for (const root of missing) {
        this.logger.warn(
          `The folder ${root} of ${setting} (${variableOf(setting)}) is not there on this node: ${CONSEQUENCES[setting]}. It must be one shared folder, at the same path on every API node and worker.`,
        );
      }
    }
  }
}
