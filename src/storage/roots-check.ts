import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { defaultOutbox, defaultSamples, variableOf } from '../config/load-settings.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { missingRoots } from './allowed-roots.js';

/** What is wrong while a root of each setting is not there. */
const CONSEQUENCES = {
  input_roots: 'no document under it can be read',
  output_roots: 'no result can be put under it',
} as const;

/** Warns at the start of roots that are not there on this node: a share that is not mounted, say. Tasks that need them fail or wait. */
@Injectable()
export class RootsCheck implements OnApplicationBootstrap {
  private readonly logger = new Logger(RootsCheck.name);

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  async onApplicationBootstrap(): Promise<void> {
    // The scheduler neither reads documents nor puts results anywhere.
    if (this.settings.roles.every((role) => role === 'scheduler')) return;
    // The default inbox is made before this; the outbox with the first result.
    const optional = [defaultSamples(), defaultOutbox(this.settings.data_dir)];
    for (const setting of ['input_roots', 'output_roots'] as const) {
      const expected = this.settings[setting].filter((root) => !optional.includes(root));
      for (const root of await missingRoots(expected)) {
        this.logger.warn(
          `The folder ${root} of ${setting} (${variableOf(setting)}) is not there on this node: ${CONSEQUENCES[setting]}. It must be one shared folder, at the same path on every API node and worker.`,
        );
      }
    }
  }
}
