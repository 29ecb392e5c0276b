import { useRef, type PointerEvent } from 'react';

/** Pixels after which a press is a drag and no click. */
const SLACK = 4;

/** Lets a scrolling element be dragged with the mouse. Fingers scroll by themselves. */
export function useDragScroll() {
  const drag = useRef<{ x: number; y: number; left: number; top: number; moved: boolean } | null>(null);
  return {
    /** True from the moment the press has become a drag until the next press. */
    wasDragged: () => drag.current?.moved === true,
    handlers: {
      onPointerDown(event: PointerEvent<HTMLElement>) {
        if (event.pointerType !== 'mouse' || event.button !== 0) return;
        const { scrollLeft, scrollTop } = event.currentTarget;
        drag.current = { x: event.clientX, y: event.clientY, left: scrollLeft, top: scrollTop, moved: false };
      },
      onPointerMove(event: PointerEvent<HTMLElement>) {
        const start = drag.current;
        if (start === null || event.buttons !== 1) return;
        const [dx, dy] = [event.clientX - start.x, event.clientY - start.y];
        if (!start.moved && Math.hypot(dx, dy) < SLACK) return;
        start.moved = true;
        event.currentTarget.scrollLeft = start.left - dx;
        event.currentTarget.scrollTop = start.top - dy;
      },
    },
  };
}
