import { readFileSync } from 'node:fs';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { Service } from 'kubernetes-models/v1/Service';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadSettings } from '../../src/config/load-settings.js';
import { MetricsRegistry } from '../../src/metrics/metrics-registry.js';
import { startLiveApp, type LiveApp } from '../support/live-app.js';
import { readPromql } from '../support/promql.js';
import { QueueHarness } from '../support/queue-harness.js';
import { watched } from '../support/watched.js';

const read = (path: string) => readFileSync(new URL(`../../deploy/${path}`, import.meta.url), 'utf8');

/** As far as these tests look into manifests. */
interface Manifest {
  kind: string;
  metadata: { name: string };
  spec: {
    selector: { matchLabels: object };
    scaleTargetRef: { kind: string; name: string };
    template: { metadata: { labels: object }; spec: PodSpec };
  };
}
interface PodSpec {
  enableServiceLinks: boolean;
  terminationGracePeriodSeconds: number;
  volumes: { name: string }[];
  containers: {
    args: string[];
    lifecycle?: { preStop: { exec: { command: [string, string] } } };
    env?: { name: string; value: string }[];
    ports: { name: string; containerPort: number }[];
    volumeMounts: { name: string; mountPath: string }[];
    [probe: `${string}Probe`]: { httpGet: { path: string; port: string } };
  }[];
}

const KINDS = { Deployment, HorizontalPodAutoscaler, PodDisruptionBudget, Service };
const kustomization = parse(read('kubernetes/kustomization.yaml')) as {
  resources: string[];
  images: { name: string }[];
  configMapGenerator: { envs: string[] }[];
};
const manifests = kustomization.resources.flatMap((file) =>
  parseAllDocuments(read(`kubernetes/${file}`)).map((document) => document.toJS() as Manifest),
);
const deployments = manifests.filter(({ kind }) => kind === 'Deployment');
/** The settings all pods get. */
const common = Object.fromEntries(
  kustomization.configMapGenerator
    .flatMap(({ envs }) => envs)
    .flatMap((file) => read(`kubernetes/${file}`).split('\n'))
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
);
const dockerfile = read('../Dockerfile');

describe('the manifests for Kubernetes', () => {
  it.each(manifests.map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest] as const))(
    '%s is what Kubernetes takes',
    (_name, manifest) => {
      const Kind = KINDS[manifest.kind as keyof typeof KINDS] as new (data: object) => { validate(): void };
      const { value, unread } = watched(new Kind({ ...manifest, spec: { ...manifest.spec, slector: 1 } }));
      value.validate();
      expect(unread()).toEqual(['spec.slector']);
      expect(() => new Kind({ ...manifest, spec: 'none' }).validate()).toThrow();
    },
  );

  it('select the pods they make', () => {
    expect(deployments).toHaveLength(2);
    const labels = deployments.map(({ spec }) => spec.template.metadata.labels);
    for (const { spec } of deployments) expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels);
    const api = manifests.filter(({ kind }) => kind === 'Service' || kind === 'PodDisruptionBudget');
    for (const { kind, spec } of api)
      expect(labels).toContainEqual(kind === 'Service' ? spec.selector : spec.selector.matchLabels);
    const scaled = manifests.flatMap(({ spec }) => (spec.scaleTargetRef ? [spec.scaleTargetRef.name] : []));
    expect(deployments.map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining(scaled));
  });

  it.each(deployments.map(({ metadata, spec }) => [metadata.name, spec.template.spec] as const))(
    '%s starts with settings there are, and stops in time',
    (_name, pod) => {
      const [container] = pod.containers;
      const own = Object.fromEntries((container!.env ?? []).map(({ name, value }) => [name, value]));
      const secret = { DATABASE_URL: 'postgres://ocr:password@postgres.example:5432/ocr', OCR_API_KEYS: 'a-long-random-key' };
      const image = Object.fromEntries([...dockerfile.matchAll(/(OCR_[A-Z_]+)=(\S+)/g)].map(([, name, value]) => [name, value]));
      const settings = loadSettings({}, { ...image, ...common, ...secret, ...own }, '/');
      const waits = Number(container!.lifecycle?.preStop.exec.command[1] ?? 0);
      expect(pod.terminationGracePeriodSeconds).toBe(settings.shutdown_grace + 25 + waits);
      // What it writes is on a volume: the rest of it cannot be written.
      const mounted = container!.volumeMounts.map(({ mountPath }) => mountPath);
      expect(mounted).toEqual([settings.data_dir, settings.log_dir, '/tmp']);
      expect(container!.volumeMounts.map(({ name }) => name)).toEqual(pod.volumes.map(({ name }) => name));
      expect(container!.ports).toEqual([{ name: 'http', containerPort: settings.port }]);
      expect(pod.enableServiceLinks).toBe(false);
    },
  );
});

describe('what Prometheus and Grafana ask', () => {
  let queue: QueueHarness;
  let live: LiveApp;
  beforeAll(async () => {
    queue = await QueueHarness.start();
    live = await startLiveApp(queue.settings);
  });
  afterAll(async () => {
    await live?.close();
    await queue?.close();
  });

  const rules = (parse(read('prometheus/alerts.yaml')) as { groups: { rules: { alert: string; expr: string }[] }[] }).groups
    .flatMap((group) => group.rules)
    .map(({ alert, expr }) => [alert, expr] as const);
  const { panels } = JSON.parse(read('grafana/ocr-queue.json')) as {
    panels: { title: string; gridPos: { x: number; y: number; w: number; h: number }; targets?: { expr: string }[] }[];
  };
  const asked = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const));

  it.each([...rules, ...asked])('%s: there is such a metric, with such labels', (_name, expression) => {
    const { selected, groupedBy } = readPromql(expression.replaceAll('$__rate_interval', '5m'));
    expect(selected.length).toBeGreaterThan(0);
    const known = new Set(['job', 'instance', 'le']);
    for (const { metric, labels } of selected) {
      const there = labelsOf(metric);
      expect(there, metric).toBeDefined();
      expect(['job', 'instance', ...there!]).toEqual(expect.arrayContaining([...labels]));
      for (const label of there!) known.add(label);
    }
    expect([...known]).toEqual(expect.arrayContaining(groupedBy));
  });

  it('has its panels beside each other, none above another', () => {
    for (const [at, { gridPos: a }] of panels.entries()) {
      expect(a.x + a.w).toBeLessThanOrEqual(24);
      for (const { gridPos: b } of panels.slice(at + 1))
        expect(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y).toBe(true);
    }
  });

  /** The labels of a metric `/metrics` has, or of what a histogram is shown as; undefined: there is none. */
  function labelsOf(series: string): string[] | undefined {
    const registry = live.app.get(MetricsRegistry);
    const name = registry.getSingleMetric(series) ? series : series.replace(/_(?:bucket|count|sum)$/, '');
    return (registry.getSingleMetric(name) as { labelNames?: string[] } | undefined)?.labelNames;
  }
});
