import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadClientSettings } from './client-settings.js';
import { loadSettings, SettingsError } from './load-settings.js';

const folder = mkdtempSync(join(tmpdir(), 'ocr-settings-'));
writeFileSync(join(folder, 'ocr-queue.config.yaml'), 'chunk_size: 7\nport: 7000\nroles: [worker]\ninput_roots:\n  - scans\n');
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const load = (overrides = {}, env = {}, defaults = {}) => loadSettings(overrides, env, folder, defaults);

describe('loadSettings', () => {
  it('goes by command line, environment, file, the command’s defaults, defaults', () => {
    const settings = load({ port: 1 }, { OCR_PORT: '2', OCR_MAX_ATTEMPTS: '2' }, { port: 3, chunk_size: 3, log_level: 'warn' });
    expect(settings).toMatchObject({ port: 1, max_attempts: 2, chunk_size: 7, log_level: 'warn', max_stalls: 3 });
  });
  it('takes back with null what environment or file said, and hears nothing in undefined', () => {
    expect(load({ chunk_size: null, port: undefined }, { OCR_CHUNK_SIZE: '9' })).toMatchObject({ chunk_size: 5, port: 7000 });
  });
  it('makes folders absolute', () => {
    expect(load()).toMatchObject({ data_dir: join(folder, 'data'), input_roots: [join(folder, 'scans')] });
  });
  it('takes what Kubernetes says of services named ocr and ocr-queue for no settings', () => {
    const ofServices = {
      OCR_PORT: 'tcp://10.0.0.1:80',
      OCR_PORT_80_TCP: 'tcp://10.0.0.1:80',
      OCR_SERVICE_HOST: '10.0.0.1',
      OCR_QUEUE_PORT: 'tcp://10.0.0.1:80',
      OCR_QUEUE_PORT_80_TCP_ADDR: '10.0.0.1',
      OCR_QUEUE_PORT_80_TCP_PROTO: 'tcp',
      OCR_QUEUE_SERVICE_HOST: '10.0.0.1',
      OCR_QUEUE_SERVICE_PORT: '80',
      OCR_QUEUE_SERVICE_PORT_HTTP: '80',
    };
    expect(load({}, ofServices)).toMatchObject({ port: 7000 });
    expect(() => load({}, { OCR_QUEUE_PORT: '80' })).toThrowError(/^OCR_QUEUE_PORT is not a setting/);
  });
  it.each([
    [{ OCR_CHUNK_SIZE: '0' }, /^OCR_CHUNK_SIZE is not valid: it must be at least 1 \(it is "0"\)\./],
    [{ OCR_PORT: '70000' }, /^OCR_PORT is not valid: it must be at most 65535 \(/],
    [{ OCR_PORT: 'abc' }, /^OCR_PORT is not valid: it must be a number \(it is "abc"\)/],
    [{ OCR_PORT: '1.5' }, /^OCR_PORT is not valid: it must be a whole number \(/],
    [{ OCR_TRUST_PROXY: 'maybe' }, /^OCR_TRUST_PROXY is not valid: it must be true or false \(/],
    [{ OCR_LOG_LEVEL: 'loud' }, /^OCR_LOG_LEVEL is not valid: it must be one of trace, debug, info, warn, error \(/],
    [{ OCR_ROLES: 'api,cook' }, /^OCR_ROLES is not valid: it must be one of api, worker, scheduler \(/],
    [{ OCR_HTTP_OCR_URL: 'x' }, /^OCR_HTTP_OCR_URL is not valid: it must be an address like/],
    [{ OCR_CHUNKSIZE: '5' }, /^OCR_CHUNKSIZE is not a setting/],
    [{ OCR_CONFIG: 'elsewhere.yaml' }, /elsewhere\.yaml, which does not exist/],
    [{ OCR_NODE_LEASE: '1' }, /node_lease/],
    [{ OCR_DOCUMENT_AI_BUCKET: 'https://bucket' }, /gs:\/\/my-bucket\/folder/],
    [
      { OCR_DOCUMENT_AI_BUCKET: 'gs://my-bucket/ocr' },
      /page_timeout \(120\) must be at least document_ai_batch_timeout \(1800\)/,
    ],
    [{ OCR_DOCUMENT_AI_BUCKET: 'gs://my-bucket', OCR_PAGE_TIMEOUT: '2000' }, /chunk_timeout \(300\) must be at least/],
    [
      { OCR_DOCUMENT_AI_BUCKET: 'gs://my-bucket', OCR_NODE_LEASE: '1' },
      /node_lease \(1\) must be at least twice node_heartbeat \(2\)\.\npage_timeout .*\nchunk_timeout /,
    ],
    [{ OCR_WEBHOOK_URL: 'ftp://x' }, /^OCR_WEBHOOK_URL is not valid: it must be an address like .* \(it is "ftp:\/\/x"\)/],
    [{ OCR_WEBHOOK_URL: 'example.org/hook?key=geheim' }, /^OCR_WEBHOOK_URL is not valid: .* \(its value is not shown\)\.$/m],
    [{ OCR_HTTP_OCR_URL: 'htp://me:geheim@host' }, /^OCR_HTTP_OCR_URL is not valid: .* \(its value is not shown\)\.$/m],
    [
      { OCR_WEBHOOK_SECRET: 'geheim' },
      /^OCR_WEBHOOK_SECRET is not valid: it must be whsec_ and 24 to 64 bytes in base64 \(its value is not shown\)\.$/m,
    ],
    [{ OCR_WEBHOOK_EVENTS: 'chunk.completed' }, /^OCR_WEBHOOK_EVENTS is not valid: it must be one of task\.completed, /],
    [{ OCR_S3_ACCESS_KEY_ID: 'geheim' }, /^s3_secret_access_key must be set together with s3_access_key_id\.$/],
    [
      { OCR_TEXTRACT_SECRET_ACCESS_KEY: 'geheim' },
      /^textract_access_key_id must be set together with textract_secret_access_key\.$/,
    ],
  ])('names what is wrong: %o', (env, message) => {
    expect(() => load({}, env)).toThrowError(message);
    expect(() => load({}, env)).toThrowError(SettingsError);
  });
});

describe('loadClientSettings', () => {
  it('goes by command line, environment, default', () => {
    const env = { OCR_URL: 'https://ocr.example/', OCR_API_KEY: 'k' };
    expect(loadClientSettings({}, env)).toEqual({ url: 'https://ocr.example', apiKey: 'k' });
    expect(loadClientSettings({ url: 'http://here:1', apiKey: 'own' }, env)).toEqual({ url: 'http://here:1', apiKey: 'own' });
    expect(loadClientSettings({}, {})).toEqual({ url: 'http://127.0.0.1:8000', apiKey: undefined });
  });
  it('has variables that do not stop a server', () => expect(load({}, { OCR_URL: 'http://x' }).port).toBe(7000));
  it('names the origin of what is wrong', () =>
    expect(() => loadClientSettings({}, { OCR_URL: 'ftp://x' })).toThrowError(/^OCR_URL is not valid/));
});
