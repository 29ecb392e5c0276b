/** A task's metadata in one line: `customer: Durand · case: 117`. Nested values are left to the task's own view. */
export function metadataWords(metadata: Record<string, unknown>): string {
  return Object.entries(metadata)
    .filter(([, value]) => typeof value !== 'object')
    .map(([key, value]) => `${key}: ${String(value)}`)
    .join(' · ');
}
