import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * An OCR service for the provider `http` whose text is the hash of the page image: fast, and the same for the same page
 * wherever and however often it is read. Tests of the queue so run the product as it is, without OCR's cost and chance.
 */
export class DeterministicEngine {
  /** How often each image was read, by its text. */
  readonly readings = new Map<string, number>();
  /** Milliseconds a page takes. */
  delay = 0;
  /** Told of each page as it is asked for, by its text. */
  onPage: (text: string) => void = () => {};

  private constructor(private readonly server: Server) {}

  static async start(): Promise<DeterministicEngine> {
    const server = createServer();
    const engine = new DeterministicEngine(server);
    server.on('request', (request, response) => {
      const hash = createHash('sha256');
      request.on('data', (data: Buffer) => hash.update(data));
      request.on('error', () => {});
      request.on('end', () => {
        const text = hash.digest('hex').slice(0, 16);
        engine.readings.set(text, (engine.readings.get(text) ?? 0) + 1);
        engine.onPage(text);
        const words = [{ text, box: [20, 20, 180, 40], confidence: 96 }];
        void sleep(engine.delay).then(() =>
          response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ words })),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return engine;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/read`;
  }

  /** The settings that make it the provider of all tasks. */
  get settings(): Record<string, string> {
    return { default_provider: 'http', http_ocr_url: this.url, url_allow_private: 'true' };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
