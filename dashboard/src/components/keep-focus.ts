import { useEffect } from 'react';

/** The id of what the views are shown in, which can take the focus. */
export const CONTENT_ID = 'content';

/**
 * Gives the focus to the view once what had it is gone, so that whoever reads by keyboard or ear goes on there and not at the top of the
 * page. Without effect while something has it.
 */
export function keepFocus(): void {
  const holder = document.activeElement;
  if (holder === null || holder === document.body) document.getElementById(CONTENT_ID)?.focus({ preventScroll: true });
}

/** Gives the focus to the view when what uses this goes away while it has it: a button, say, that is no longer needed. */
export function useKeptFocus(): void {
  useEffect(() => keepFocus, []);
}
