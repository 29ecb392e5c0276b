import { useHotkeys, type HotkeyItem } from '@mantine/hooks';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { areShortcutsOn } from './shortcut-switch';

/** A key a view answers to, and its words in `common.json`. */
export interface Shortcut {
  /** As `useHotkeys` of Mantine writes it; `g o` is one key after the other. */
  keys: string;
  /** Other ways to write the same, which are not listed. */
  also?: readonly string[];
  label: ShortcutLabel;
  run: (event?: KeyboardEvent) => void;
}

export type ShortcutLabel =
  | 'help'
  | 'goOverview'
  | 'goTasks'
  | 'goSubmit'
  | 'goSettings'
  | 'search'
  | 'newer'
  | 'pauseLive'
  | 'selectAll'
  | 'clearSelection'
  | 'pauseOrResume'
  | 'retry'
  | 'nextTab'
  | 'previousPage'
  | 'nextPage'
  | 'nextDoubtful'
  | 'previousDoubtful'
  | 'zoomIn'
  | 'zoomOut'
  | 'fit'
  | 'rotate'
  | 'readAgain'
  | 'back';

let shown: readonly Shortcut[] = [];
const listeners = new Set<() => void>();
const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

function change(next: readonly Shortcut[]): void {
  shown = next;
  for (const listener of listeners) listener();
}

/** The keys that work now: for the sheet. */
export function useShownShortcuts(): readonly Shortcut[] {
  return useSyncExternalStore(subscribe, () => shown);
}

/**
 * Lets a view answer to keys while it is on screen, and lists them in the sheet. Not while something is being typed, and not while
 * the keys are switched off.
 */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  useHotkeys(
    shortcuts
      .filter(({ keys }) => !keys.includes(' '))
      .flatMap(({ keys, also = [], run }) =>
        [keys, ...also].map((each): HotkeyItem => [each, (event) => answer(event, run), { preventDefault: false }]),
      ),
    [],
  );
  const identity = shortcuts.map(({ keys, label }) => `${keys} ${label}`).join();
  useEffect(() => {
    const mine = latest.current;
    change([...shown, ...mine]);
    return () => change(shown.filter((shortcut) => !mine.includes(shortcut)));
  }, [identity]);
}

function answer(event: KeyboardEvent, run: Shortcut['run']): void {
  if (!areShortcutsOn() || isTyping(event.target)) return;
  event.preventDefault();
  run(event);
}

/** Milliseconds in which the second key of a pair must follow. */
const PAIR_MS = 1000;

/** Listens for pairs like `g t`. */
export function useKeyPairs(shortcuts: readonly Shortcut[]): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  useEffect(() => {
    let first = { key: '', at: 0 };
    const onKey = (event: KeyboardEvent) => {
      if (!areShortcutsOn() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const pair = event.timeStamp - first.at < PAIR_MS ? `${first.key} ${event.key}` : '';
      first = { key: event.key, at: event.timeStamp };
      latest.current.find(({ keys }) => keys === pair)?.run();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

/** A checkbox takes no text: a list's own keys go on working once one of its rows has been chosen. */
function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement && target.type === 'checkbox') return false;
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}
