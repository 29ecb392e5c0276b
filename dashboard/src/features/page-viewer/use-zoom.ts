import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import { PIXELS_PER_POINT } from './geometry';
import { ZOOM_MAX, ZOOM_MIN, type Zoom } from './page-search';

/** Milliseconds without turning the wheel after which the zoom is taken as chosen. */
const SETTLE_MS = 180;
const WHEEL_SPEED = 0.0022;
const STEPS = [10, 17, 25, 33, 50, 67, 80, 100, 125, 150, 175, 200, 250, 300, 400, 500, 650, 800];

/** The next step beyond a zoom that may lie between steps. */
export function nextZoom(percent: number, direction: 1 | -1): number {
  const next = direction === 1 ? STEPS.find((step) => step > percent * 1.02) : STEPS.findLast((step) => step < percent * 0.98);
  return next ?? (direction === 1 ? ZOOM_MAX : ZOOM_MIN);
}

/**
 * Zooming with the wheel and Ctrl (also what a pinch on a touchpad sends), about the pointer. While it goes on the zoom is kept
 * here; `onZoom` gets it at the end. Any change of scale keeps the point in place that was pointed at, or the middle.
 */
export function useWheelZoom(
  pane: RefObject<HTMLElement | null>,
  scale: number,
  isMeasured: boolean,
  onZoom: (zoom: Zoom) => void,
) {
  const [gesture, setGesture] = useState<number | null>(null);
  const shown = gesture === null ? scale : (gesture / 100) * PIXELS_PER_POINT;
  const latest = useRef({ shown, onZoom });
  latest.current = { shown, onZoom };
  const pointer = useRef<{ x: number; y: number } | null>(null);

  useEffect(() => {
    const element = pane.current;
    if (element === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { left, top } = element.getBoundingClientRect();
      pointer.current = { x: event.clientX - left, y: event.clientY - top };
      const percent = (latest.current.shown / PIXELS_PER_POINT) * 100 * Math.exp(-event.deltaY * WHEEL_SPEED);
      const next = Math.min(ZOOM_MAX, Math.max(ZOOM_MIN, Math.round(percent)));
      setGesture(next);
      clearTimeout(timer);
      timer = setTimeout(() => {
        setGesture(null);
        pointer.current = null;
        latest.current.onZoom(next);
      }, SETTLE_MS);
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => {
      clearTimeout(timer);
      element.removeEventListener('wheel', onWheel);
    };
  }, [pane]);

  const before = useRef<number | null>(null);
  useLayoutEffect(() => {
    const element = pane.current;
    const growth = before.current === null ? 1 : shown / before.current;
    before.current = isMeasured ? shown : null;
    if (element === null || growth === 1) return;
    const { x, y } = pointer.current ?? { x: element.clientWidth / 2, y: element.clientHeight / 2 };
    element.scrollLeft = (element.scrollLeft + x) * growth - x;
    element.scrollTop = (element.scrollTop + y) * growth - y;
  }, [pane, shown, isMeasured]);

  const step = useCallback(
    (direction: 1 | -1) => latest.current.onZoom(nextZoom((latest.current.shown / PIXELS_PER_POINT) * 100, direction)),
    [],
  );
  return { scale: shown, step };
}
