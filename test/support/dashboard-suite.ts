import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { DashboardBrowser, type Visit } from './dashboard-browser.js';
import { ServerHome, ServerProcess } from './server-process.js';

/** What the tests of a dashboard suite work with. */
export interface DashboardSuite {
  readonly home: ServerHome;
  readonly server: ServerProcess;
  readonly browser: DashboardBrowser;
  /** A browser context of each test's own. */
  readonly visit: Visit;
}

/**
 * One server and one browser for the tests of the suite it is called in, and a fresh visit for each test.
 * @param environment settings of the server
 * @param prepare puts files into the server's inbox, before it is there
 */
export function dashboardSuite(
  environment: Record<string, string>,
  prepare: (home: ServerHome) => void | Promise<void>,
): DashboardSuite {
  const home = new ServerHome();
  let server: ServerProcess | undefined;
  let browser: DashboardBrowser | undefined;
  let visit: Visit | undefined;

  beforeAll(async () => {
    await prepare(home);
    [server, browser] = await Promise.all([ServerProcess.start(home, environment), DashboardBrowser.start()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.end();
    home.remove();
  });
  beforeEach(async () => {
    visit = await browser!.visit(server!.url);
  });
  afterEach(() => visit?.leave());

  return {
    home,
    get server() {
      return server!;
    },
    get browser() {
      return browser!;
    },
    get visit() {
      return visit!;
    },
  };
}
