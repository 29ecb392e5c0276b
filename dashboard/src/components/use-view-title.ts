import { useEffect } from 'react';

/** Gives the browser's tab the title of the view. Undefined: it keeps the one it has. */
export function useViewTitle(title: string | undefined): void {
  useEffect(() => {
    if (title !== undefined) document.title = `${title} · OCR Queue`;
  }, [title]);
}
