import { randomBytes } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { DashboardFile, DashboardFiles } from './dashboard-files.js';

/** Addresses that are not the dashboard's, whatever the caller accepts. */
const NOT_OURS = /^\/(api|ws|socket\.io|livez|readyz|metrics|assets)(\/|$)/;

/**
 * Serves the dashboard: its files, its page at `/` to everyone, and the same page at every other address a browser asks for as a page,
 * so that links into it work. Everything else goes on to the API.
 */
export function serveDashboard(files: DashboardFiles): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return next();
    const path = request.originalUrl.split('?', 1)[0]!;
    const file = files.get(path);
    if (file !== undefined) return sendFile(file, request, response);
    if (path !== '/' && (NOT_OURS.test(path) || !wantsPage(request))) return next();
    const nonce = randomBytes(16).toString('base64');
    response.set({ 'Content-Security-Policy': contentPolicy(nonce), 'Cache-Control': 'no-cache', Vary: 'Accept' });
    response.type('html').send(files.page(nonce));
  };
}

/** True for what asks for pages by name; a program that takes anything gets the API's answer. */
function wantsPage(request: Request): boolean {
  return /\btext\/html\b/.test(request.headers.accept ?? '');
}

/**
 * Nothing but our own files runs or styles the page. Mantine writes style elements at run time, which carry the nonce; `blob:` is for
 * page images fetched with an API key.
 */
function contentPolicy(nonce: string): string {
  return [
    "default-src 'self'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' blob: data:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function sendFile(file: DashboardFile, request: Request, response: Response): void {
  response.set({
    'Content-Type': file.type,
    'Cache-Control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    ETag: file.etag,
    Vary: 'Accept-Encoding',
  });
  if (request.headers['if-none-match']?.includes(file.etag)) {
    response.status(304).end();
    return;
  }
  const encoding = request.acceptsEncodings(...(file.br ? ['br'] : []), ...(file.gzip ? ['gzip'] : []), 'identity');
  const body = (encoding === 'br' ? file.br : encoding === 'gzip' ? file.gzip : undefined) ?? file.plain;
  if (body !== file.plain && encoding) response.set('Content-Encoding', encoding);
  response.set('Content-Length', String(body.length));
  // `send` would make an ETag of its own and the compression middleware would compress once more.
  response.end(request.method === 'HEAD' ? undefined : body);
}
