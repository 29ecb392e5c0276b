import { useEffect, useLayoutEffect, useState, type RefObject } from 'react';

/** Items kept beyond both ends of what is seen. */
const SPARE = 4;

interface Range {
  first: number;
  /** Exclusive. */
  last: number;
}

/**
 * Which of `count` items, each `size` pixels long, are seen in a scrolling element. Keeps the item `current` in view whenever it
 * changes.
 */
export function useVisibleRange(
  ref: RefObject<HTMLElement | null>,
  axis: 'x' | 'y',
  count: number,
  size: number,
  current: number,
): Range {
  const [range, setRange] = useState<Range>({ first: Math.max(0, current - 12), last: Math.min(count, current + 12) });

  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const [at, length] = axis === 'x' ? [element.scrollLeft, element.clientWidth] : [element.scrollTop, element.clientHeight];
    const start = current * size;
    if (start >= at && start + size <= at + length) return;
    const to = start - (length - size) / 2;
    element.scrollTo(axis === 'x' ? { left: to } : { top: to });
  }, [ref, axis, count, size, current]);

  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const look = () => {
      const [at, length] = axis === 'x' ? [element.scrollLeft, element.clientWidth] : [element.scrollTop, element.clientHeight];
      const first = Math.max(0, Math.floor(at / size) - SPARE);
      const last = Math.min(count, Math.ceil((at + length) / size) + SPARE);
      setRange((before) => (before.first === first && before.last === last ? before : { first, last }));
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [ref, axis, count, size]);
  return range;
}
