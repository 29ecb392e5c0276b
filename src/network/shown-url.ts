/** An address as it may be shown and logged: without credentials, and without a query, which may sign a request. */
export function shownUrl(address: string): string {
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname}`;
}
