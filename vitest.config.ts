import { defineConfig } from 'vitest/config';

export default defineConfig({
  // As in dashboard/vite.config.ts.
  resolve: { alias: { '~': new URL('dashboard/src', import.meta.url).pathname } },
  test: {
    include: ['src/**/*.spec.ts', 'dashboard/src/**/*.spec.ts', 'bench/**/*.spec.ts', 'test/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: true,
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // A second, the usual, is little on a machine at work.
    expect: { poll: { timeout: 20_000 } },
    setupFiles: ['reflect-metadata'],
    globalSetup: ['test/support/global-setup.ts'],
    reporters: ['default', './test/support/summary-reporter.ts'],
  },
});
