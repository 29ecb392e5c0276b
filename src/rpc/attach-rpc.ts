import type { INestApplication } from '@nestjs/common';
import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import type { Settings } from '../config/settings.js';

/** Messages are small; a document comes by its path or address. */
const LONGEST_MESSAGE = 1024 * 1024;

/** Where the process answers other services: nowhere when `rpc_port` is 0, or without the role `api`. */
export function rpcAddress(settings: Settings): { host: string; port: number } | undefined {
  if (settings.rpc_port === 0 || !settings.roles.includes('api')) return undefined;
  return { host: '127.0.0.1', port: settings.rpc_port };
}

/** Lets the app answer other services at {@link rpcAddress}, if it has one. */
export async function attachRpc(app: INestApplication, settings: Settings): Promise<void> {
  const address = rpcAddress(settings);
  if (address === undefined) return;
  app.connectMicroservice<MicroserviceOptions>({
    transport: Transport.TCP,
    options: { ...address, maxBufferSize: LONGEST_MESSAGE },
  });
  await app.startAllMicroservices();
}
