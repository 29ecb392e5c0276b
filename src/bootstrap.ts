import 'reflect-metadata';
import type { Server } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { configureHttp } from './api/configure-http.js';
import { AppModule } from './app.module.js';
import { loadSettings } from './config/load-settings.js';
import type { Settings } from './config/settings.js';
import { Logs } from './logging/logs.js';
import { CannotListenError } from './start-failure.js';
import { attachRpc } from './rpc/attach-rpc.js';
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
  if (settings.roles.includes('api')) configureHttp(app, settings);
  try {
    if (settings.roles.includes('api')) await attachRpc(app, settings);
    await app.listen(settings.port, settings.host);
  } catch (error) {
    await app.close();
    throw cannotListen(settings, error);
  }
  const url = urlOf(settings.host, app.getHttpServer().address() as AddressInfo);
  logs.queue.info({ url, roles: settings.roles, version: VERSION }, `OCR Queue ${VERSION} is ready at ${url}`);
  let closed: Promise<void> | undefined;
  return { url, settings, app, close: () => (closed ??= closeWithClients(app, settings.shutdown_grace)) };
}

/** Closes the app; clients that have not taken their answers after `grace` seconds are cut off: they must not hold it up. */
async function closeWithClients(app: NestExpressApplication, grace: number): Promise<void> {
  const cut = setTimeout(() => (app.getHttpServer() as Server).closeAllConnections(), grace * 1000);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
  }
}

async function assertCanListen(settings: Settings): Promise<void> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject).listen({ port: settings.port, host: settings.host, exclusive: true }, resolve);
    });
  } catch (error) {
    throw cannotListen(settings, error);
  } finally {
    probe.close();
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there already',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'the host name is unknown',
};

/** Errors that have nothing to do with the address are given back as they are. */
function cannotListen(settings: Settings, error: unknown): unknown {
  const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''];
  if (reason === undefined) return error;
  return new CannotListenError(
    `Cannot listen on ${settings.host}, port ${settings.port}: ${reason}. ` +
      'Set another one with OCR_PORT (0 takes a free one) and OCR_HOST.',
    { cause: error },
  );
}

const WILDCARDS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '127.0.0.1' };

function urlOf(host: string, address: AddressInfo): string {
  const reachable = WILDCARDS[host] ?? host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${address.port}`;
}
