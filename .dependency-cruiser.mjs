/** The import rules of docs/architecture.md: no circles, and arrows go one way. */
const noImport = (name, from, to) => ({ name, severity: 'error', from: { path: `^src/${from}` }, to: { path: `^src/(${to})` } });

export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    noImport(
      'document-knows-nothing-of-tasks',
      'document',
      'task-manager|queue-manager|base-ocr|api|gateway|metrics|cli|database',
    ),
    noImport('base-ocr-knows-nothing-of-the-queue', 'base-ocr', 'task-manager|queue-manager|api|gateway|metrics|cli|database'),
    noImport('task-manager-knows-nothing-of-http', 'task-manager', 'queue-manager|base-ocr|api|gateway|metrics|webhooks|cli'),
    noImport('queue-manager-knows-nothing-of-http', 'queue-manager', 'api|gateway|metrics|webhooks|cli'),
    noImport(
      'storage-stands-alone',
      'storage',
      'task-manager|queue-manager|base-ocr|document|api|gateway|metrics|webhooks|cli|database',
    ),
    noImport('listeners-only-listen', '(gateway|metrics|webhooks)', 'api|cli|queue-manager/(jobs|dispatcher)'),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.spec\\.ts$' },
  },
};
