import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { chromiumPath } from '../../scripts/lib/chromium.mjs';

/** True where the tests of the dashboard can run. `scripts/test-tools.mjs` tells what to do where they cannot. */
export const HAS_BROWSER = chromiumPath() !== undefined;

/** Milliseconds a test waits for what it expects to see. */
const PATIENCE = 20_000;

/** What rules of WCAG 2.2, level AA, axe can check. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Adds up by how much what was shown already has moved without anybody's doing, as Chromium counts it. */
const COUNT_SHIFTS = `
  window.layoutShift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.layoutShift += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });`;

/** A real Chromium. Every page it opens collects what goes wrong in it. */
export class DashboardBrowser {
  private constructor(private readonly browser: Browser) {}

  static async start(): Promise<DashboardBrowser> {
    const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'];
    // A name by which the server is another machine's for the browser: no secure context, as in most local networks.
    args.push('--host-resolver-rules=MAP ocr.test 127.0.0.1');
    return new DashboardBrowser(await chromium.launch({ executablePath: chromiumPath(), args }));
  }

  /** A visitor of their own, English and on a wide screen unless told otherwise. */
  async visit(url: string, options: BrowserContextOptions = {}): Promise<Visit> {
    const viewport = { width: 1280, height: 860 };
    const context = await this.browser.newContext({
      baseURL: url,
      locale: 'en-GB',
      viewport,
      reducedMotion: 'reduce',
      ...options,
    });
    context.setDefaultTimeout(PATIENCE);
    await context.addInitScript(COUNT_SHIFTS);
    return new Visit(await context.newPage(), url);
  }

  async close(): Promise<void> {
    await this.browser.close();
  }
}

export class Visit {
  /** Errors of scripts, and what the Content-Security-Policy kept out. */
  readonly troubles: string[] = [];
  /** Addresses asked for that are not the server's. */
  readonly strangers: string[] = [];

  constructor(
    readonly page: Page,
    url: string,
  ) {
    page.on('pageerror', (error) => this.troubles.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) this.troubles.push(message.text());
    });
    page.on('request', (request) => {
      if (/^https?:/.test(request.url()) && !request.url().startsWith(url)) this.strangers.push(request.url());
    });
  }

  /** The way back a message offers, under the pointer: it stays for as long as that is there, however slow the machine is. */
  async heldUndo(): Promise<Locator> {
    const undo = this.page.getByRole('button', { name: 'Undo' });
    await undo.hover();
    return undo;
  }

  async leave(): Promise<void> {
    await this.page.context().close();
    expect(this.troubles).toEqual([]);
    expect(this.strangers).toEqual([]);
  }

  /** By how much what the page showed already has moved since it was loaded: 0 is perfect, 0.1 still good (Web Vitals, CLS). */
  layoutShift(): Promise<number> {
    return this.page.evaluate<number>('window.layoutShift');
  }

  /** Expects nothing that keeps people with disabilities out, as far as a program can tell. */
  async expectAccessible(): Promise<void> {
    const { violations } = await new AxeBuilder({ page: this.page }).withTags(RULES).analyze();
    const told = violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`).join('\n')}`,
    );
    expect(told).toEqual([]);
  }
}
