import type { Request } from 'express';

/** What Express' router keeps of a route; its own types do not say. */
interface Layer {
  route?: { path: unknown; methods: Record<string, boolean | undefined> };
  match(path: string): boolean;
}

/** The methods that routes at this path take. Routes with wildcards (pages of the dashboard) do not count. */
export function allowedMethods(request: Request): string[] {
  const { stack } = request.app.router as unknown as { stack: Layer[] };
  const methods = new Set<string>();
  for (const layer of stack) {
    const path = layer.route?.path;
    if (layer.route === undefined || typeof path !== 'string' || path.includes('*') || !layer.match(request.path)) continue;
    for (const [method, taken] of Object.entries(layer.route.methods)) if (taken) methods.add(method.toUpperCase());
  }
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].filter((method) => !method.startsWith('_')).sort();
}
