import type { FocusEvent, KeyboardEvent } from 'react';

/** Which of so many cells, of which a row has `perRow`, a key leads to from the one at `at`. Undefined: none, or the key is no such. */
export function stepped(key: string, at: number, count: number, perRow: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowRight: at + 1,
    ArrowLeft: at - 1,
    ArrowDown: at + perRow,
    ArrowUp: at - perRow,
    Home: 0,
    End: count - 1,
  };
  const next = steps[key];
  return next !== undefined && next >= 0 && next < count && next !== at ? next : undefined;
}

/**
 * Lets the arrows move among links that lie in rows, while the Tab key passes them all in one step: of thousands it would not come out.
 * The links but the first are to begin with `tabIndex={-1}`; which one Tab comes to from then on is kept in the page, not in React, so
 * that a step paints nothing anew.
 */
export const rovingFocus = {
  onFocus({ currentTarget, target }: FocusEvent<HTMLElement>): void {
    for (const link of currentTarget.querySelectorAll<HTMLElement>('a[tabindex="0"]')) link.tabIndex = -1;
    if (target instanceof HTMLAnchorElement) target.tabIndex = 0;
  },

  onKeyDown(event: KeyboardEvent<HTMLElement>): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const links = [...event.currentTarget.querySelectorAll('a')];
    const at = links.findIndex((link) => link === event.target);
    const next = at < 0 ? undefined : stepped(event.key, at, links.length, perRow(links));
    if (next === undefined) return;
    event.preventDefault();
    links[next]?.focus();
  },
};

function perRow(links: readonly HTMLElement[]): number {
  const second = links.findIndex(({ offsetTop }) => offsetTop !== links[0]?.offsetTop);
  return second < 0 ? links.length : second;
}
