import type { INestApplication } from '@nestjs/common';
import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import type { Settings } from '../config/settings.js';

/** Messages are small; a document comes by its path or address. */
const LONGEST_MESSAGE = 1024 * 1024;

/** Lets the app answer other services on loopback at `rpc_port`; does nothing when that is 0. Call it before `listen`. */
export async function attachRpc(app: INestApplication, settings: Settings): Promise<void> {
  if (settings.rpc_port === 0) return;
  app.connectMicroservice<MicroserviceOptions>({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: settings.rpc_port, maxBufferSize: LONGEST_MESSAGE },
  });
  await app.startAllMicroservices();
}
