import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'socket.io';
import type { ApiKeys } from '../access/api-keys.js';
import type { Origins } from '../access/origins.js';
import { OcrError } from '../errors/ocr-error.js';
import type { SocketRefusals } from './socket-refusals.js';

type Next = (error?: Error) => void;

/** Middleware of engine.io: refuses pages of other sites (HTTP 400), and gives the allowed ones their CORS headers. */
export function keepOriginsOut(origins: Origins, refusals: SocketRefusals) {
  return (request: IncomingMessage, response: ServerResponse, next: Next): void => {
    const { headers } = request;
    if (!origins.isKnownHost(headers) || !origins.isAllowed(headers)) {
      refusals.count('socket_io', 'origin_not_allowed');
      return next(new OcrError('origin_not_allowed'));
    }
    if (headers.origin !== undefined) {
      response.setHeader('Access-Control-Allow-Origin', headers.origin);
      response.setHeader('Vary', 'Origin');
    }
    if (request.method !== 'OPTIONS') return next();
    response.setHeader('Access-Control-Allow-Methods', 'GET, POST');
    response.setHeader('Access-Control-Allow-Headers', 'Authorization, X-API-Key, Content-Type');
    response.writeHead(204).end();
  };
}

/**
 * Middleware of Socket.IO: asks for the API key in the headers, in the query parameter `api_key`, or as `auth: { api_key }`.
 * Clients get `connect_error` with `data.code`.
 */
export function askForKey(keys: ApiKeys, refusals: SocketRefusals) {
  return (socket: Socket, next: Next): void => {
    const { headers, auth } = socket.handshake;
    const given: unknown = auth.api_key;
    const byAuth = typeof given === 'string' && keys.isAllowed({ 'x-api-key': given });
    if (byAuth || keys.isAllowed(headers, socket.request.url)) return next();
    refusals.count('socket_io', 'unauthorized');
    const error = new OcrError('unauthorized');
    next(Object.assign(new Error(error.message), { data: { code: error.code } }));
  };
}
