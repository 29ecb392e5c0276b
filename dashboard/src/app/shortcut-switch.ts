import { useSyncExternalStore } from 'react';

const PLACE = 'ocr-shortcuts';
const OFF = 'off';

let on = remembered();
const listeners = new Set<() => void>();

/** Whether keys act by themselves. Speech input types keys nobody meant: whoever uses it switches them off. */
export function areShortcutsOn(): boolean {
  return on;
}

/** Switches the keys on or off, at once and for the next visits. */
export function switchShortcuts(next: boolean): void {
  on = next;
  try {
    localStorage.setItem(PLACE, next ? 'on' : OFF);
  } catch {
    // storage is blocked: the choice holds for this visit
  }
  for (const listener of listeners) listener();
}

/** The same as {@link areShortcutsOn}, for what shows it. */
export function useShortcutsOn(): boolean {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, areShortcutsOn);
}

function remembered(): boolean {
  try {
    return localStorage.getItem(PLACE) !== OFF;
  } catch {
    return true;
  }
}
