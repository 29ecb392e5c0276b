import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../config/settings.js';
import { Origins } from './origins.js';

const origins = (settings: object = {}) => new Origins(settingsSchema.parse(settings));

describe('Origins', () => {
  it.each([
    ['no origin', { host: '127.0.0.1:8000' }],
    ['our own', { host: '127.0.0.1:8000', origin: 'http://127.0.0.1:8000' }],
    ['our own behind TLS', { host: 'ocr.example', origin: 'https://ocr.example' }],
    ['our own with the default port said', { host: 'ocr.example:443', origin: 'https://ocr.example' }],
    ['a listed one', { host: 'ocr.example', origin: 'https://friend.example' }],
  ])('allows %s', (_name, headers) => {
    expect(origins({ cors_origins: ['https://friend.example/'] }).isAllowed(headers)).toBe(true);
  });

  it.each([
    ['another site', 'https://evil.example'],
    ['another port', 'http://127.0.0.1:3000'],
    ['a sandboxed page', 'null'],
    ['a look-alike', 'http://127.0.0.1:8000.evil.example'],
  ])('refuses %s', (_name, origin) => {
    expect(origins().isAllowed({ host: '127.0.0.1:8000', origin })).toBe(false);
  });

  it('believes the host a proxy forwards only when told to', () => {
    const headers = { host: 'inside:8000', 'x-forwarded-host': 'ocr.example', origin: 'https://ocr.example' };
    expect(origins().isAllowed(headers)).toBe(false);
    expect(origins({ trust_proxy: true }).isAllowed(headers)).toBe(true);
  });

  it.each(['127.0.0.1:8000', 'localhost:8000', '[::1]:8000', 'app.localhost'])('knows the host %s on loopback', (host) => {
    expect(origins().isKnownHost({ host })).toBe(true);
  });

  it('refuses a name of the internet on loopback', () => {
    expect(origins().isKnownHost({ host: 'rebound.evil.example' })).toBe(false);
    expect(origins({ trust_proxy: true }).isKnownHost({ host: 'ocr.example' })).toBe(true);
    expect(origins({ allowed_hosts: ['OCR.example'] }).isKnownHost({ host: 'ocr.example:8000' })).toBe(true);
  });

  it('refuses names that anyone may have where it listens to others and asks for no key', () => {
    const open = (host: string, settings = {}) => origins({ host: '0.0.0.0', ...settings }).isKnownHost({ host });
    for (const host of [
      '10.0.0.7:8000',
      '[fe80::1]:8000',
      'api:8000',
      'ocr.team.svc.cluster.local.:8000',
      'ocr.team.svc',
      'nas.lan',
      'scans.internal',
      'localhost:8000',
    ])
      expect(open(host), host).toBe(true);
    for (const host of ['ocr.example', 'rebound.evil.example:8000', '10.0.0.7.evil.example', 'not a host'])
      expect(open(host), host).toBe(false);
    expect(open('ocr.example', { api_keys: ['secret'] })).toBe(true);
    expect(open('ocr.example', { allowed_hosts: ['ocr.example'] })).toBe(true);
    expect(open('ocr.example', { cors_origins: ['*'] })).toBe(true);
  });
});
