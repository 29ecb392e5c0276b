import 'reflect-metadata';
import type { Server as HttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { configureHttp } from './api/configure-http.js';
import { AppModule } from './app.module.js';
import { loadSettings } from './config/load-settings.js';
import type { Settings } from './config/settings.js';
import { Logs } from './logging/logs.js';
import { HttpMetrics } from './metrics/http-metrics.js';
import { CannotListenError } from './start-failure.js';
import { attachRpc, rpcAddress } from './rpc/attach-rpc.js';
import { VERSION } from './version.js';

/** One running process of the product. */
export interface RunningNode {
  /** Where it listens, e.g. `http://127.0.0.1:8000`; a loopback address when it listens on all. */
  readonly url: string;
  readonly settings: Settings;
  readonly app: NestExpressApplication;
  /**
   * Stops in order: running pages finish or are given back, sockets and the HTTP server close, the database comes last.
   * May be called again: it is the same stop.
   */
  close(): Promise<void>;
}

/**
 * Starts a node in the roles its settings name, in this process. Signals are the caller's to handle.
 * @param overrides settings over environment and configuration file; `null` unsets one
 * @param defaults the command's own defaults, below environment and configuration file
 * @throws SettingsError; CannotListenError; OcrError `service_unavailable` when the database cannot be had
 */
export async function startNode(
  overrides: Record<string, unknown> = {},
  defaults: Record<string, unknown> = {},
): Promise<RunningNode> {
  const settings = loadSettings(overrides, undefined, undefined, defaults);
  // Before anything is started: a second server must not join the queue only to find its port taken.
  await assertCanListen(settings);
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(settings), {
    bufferLogs: true,
    abortOnError: false,
    bodyParser: false, // configureHttp sets it up
  });
  const logs = app.get(Logs);
  app.useLogger(logs.nest);
  app.use(app.get(HttpMetrics).measure);
  if (settings.roles.includes('api')) configureHttp(app, settings);
  try {
    // Of its own: what fails here has nothing to do with an address.
    await app.init();
    await attachRpc(app, settings).catch(blaming(rpcPlace(settings)));
    await app.listen(settings.port, settings.host).catch(blaming(httpPlace(settings)));
  } catch (error) {
    await app.close();
    throw error;
  }
  const url = urlOf(settings.host, app.getHttpServer().address() as AddressInfo);
  logs.queue.info({ url, roles: settings.roles, version: VERSION }, `OCR Queue ${VERSION} is ready at ${url}`);
  let closed: Promise<void> | undefined;
  return { url, settings, app, close: () => (closed ??= closeWithClients(app, settings.shutdown_grace)) };
}

/** Closes the app; clients that have not taken their answers after `grace` seconds are cut off: they must not hold it up. */
async function closeWithClients(app: NestExpressApplication, grace: number): Promise<void> {
  const cut = setTimeout(() => (app.getHttpServer() as HttpServer).closeAllConnections(), grace * 1000);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
  }
}

/** An address to listen on, and which settings choose it. */
interface Place {
  readonly host: string;
  readonly port: number;
  readonly remedy: string;
}

function httpPlace({ host, port }: Settings): Place {
  return { host, port, remedy: 'Set another one with OCR_PORT (0 takes a free one) and OCR_HOST.' };
}

function rpcPlace(settings: Settings): Place | undefined {
  const address = rpcAddress(settings);
  return address && { ...address, remedy: 'Set another one for remote calls with OCR_RPC_PORT (0: none).' };
}

async function assertCanListen(settings: Settings): Promise<void> {
  const probes: Server[] = [];
  try {
    for (const place of [httpPlace(settings), rpcPlace(settings)]) {
      if (place === undefined) continue;
      const probe = createServer();
      probes.push(probe);
      await new Promise<void>((resolve, reject) => {
        probe.once('error', reject).listen({ port: place.port, host: place.host, exclusive: true }, resolve);
      }).catch(blaming(place));
    }
  } finally {
    // All at the end: two settings may name one port.
    for (const probe of probes) probe.close();
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something listens there already',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'the host name is unknown',
};

/** What to do with an error of listening at a place. One that has nothing to do with the address is thrown as it is. */
function blaming(place: Place | undefined): (error: unknown) => never {
  return (error) => {
    const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''];
    if (place === undefined || reason === undefined) throw error;
    throw new CannotListenError(`Cannot listen on ${place.host}, port ${place.port}: ${reason}. ${place.remedy}`, {
      cause: error,
    });
  };
}

const WILDCARDS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '127.0.0.1' };

function urlOf(host: string, address: AddressInfo): string {
  const reachable = WILDCARDS[host] ?? host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${address.port}`;
}
