import { useState } from 'react';

/** Holds a value as it was when `toggle` was called, until it is called again: rows stand still while somebody reads them. */
export function useFrozen<T>(value: T): { value: T; holding: boolean; toggle: () => void } {
  const [held, setHeld] = useState<{ value: T } | null>(null);
  return {
    value: held === null ? value : held.value,
    holding: held !== null,
    toggle: () => setHeld((now) => (now === null ? { value } : null)),
  };
}
