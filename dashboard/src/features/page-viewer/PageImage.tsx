import { Loader } from '@mantine/core';
import { useElementSize, useMergedRef } from '@mantine/hooks';
import { IconPhotoOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, type PointerEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '~/i18n/format';
import { bandOf } from './bands';
import { BoxLayer } from './BoxLayer';
import { boxAt, PIXELS_PER_POINT, scaleOf, turnBox, turnedSize, turnTransform, unturnPoint } from './geometry';
import { ImageTools } from './ImageTools';
import classes from './PageImage.module.css';
import { pageImageQuery } from './page-queries';
import type { Turn, Zoom } from './page-search';
import type { Word } from './reading';
import { useDragScroll } from './use-drag-scroll';
import { useObjectUrl } from './use-object-url';
import { useWheelZoom } from './use-zoom';
import type { WordChoice } from './use-word-choice';

/** Widths, in pixels, images are asked for in: few, so that they can be kept. */
const WIDTHS = [800, 1200, 1600, 2400] as const;
/** A4, in points: the room kept for a page of which nothing is known yet. */
const USUAL_SIZE = { width: 595, height: 842 };
/** Pixels around the page in its pane. */
const PADDING = 16;

interface PageImageProps {
  taskId: string;
  page: number;
  /** In points; undefined until the page was read. */
  size: { width: number; height: number } | undefined;
  words: readonly Word[];
  differing?: ReadonlySet<number>;
  threshold: number;
  choice: WordChoice;
  zoom: Zoom;
  turn: Turn;
  onZoom: (zoom: Zoom) => void;
  onTurn: () => void;
  /** Told the ways to zoom, for keys. */
  onTools: (tools: { step: (direction: 1 | -1) => void }) => void;
}

/** The image of a page with the boxes of its words. */
export function PageImage(props: PageImageProps) {
  const { taskId, page, words, differing, threshold, choice, zoom, turn, onZoom, onTurn, onTools } = props;
  const { t } = useTranslation('page');
  const format = useFormat();
  const [loaded, setLoaded] = useState<{ width: number; height: number; page: number }>();
  const own =
    loaded?.page === page ? { width: USUAL_SIZE.width, height: (USUAL_SIZE.width * loaded.height) / loaded.width } : null;
  const size = props.size ?? own ?? USUAL_SIZE;
  // Until the page's shape is known it is not shown: it would jump from the usual one to its own.
  const isShaped = props.size !== undefined || own !== null;

  const pane = useRef<HTMLDivElement>(null);
  const { ref: measured, width, height } = useElementSize<HTMLDivElement>();
  const ref = useMergedRef(pane, measured);
  const room = { width: width - 2 * PADDING, height: height - 2 * PADDING };
  const { scale, step } = useWheelZoom(pane, scaleOf(zoom, size, turn, room), width > 0, onZoom);
  useEffect(() => void pane.current?.scrollTo({ top: 0, left: 0 }), [page]);
  useEffect(() => onTools({ step }), [onTools, step]);

  const image = useQuery({
    ...pageImageQuery(taskId, page, widthFor(size.width * scale)),
    enabled: width > 0,
  });
  const url = useObjectUrl(image.data);
  const sheet = { width: size.width * scale, height: size.height * scale };
  const stage = turnedSize(sheet, turn);
  const drag = useDragScroll();

  const { hovered, selected } = choice;
  const pointed = hovered ?? selected;
  const place = pointed && turnBox(pointed.box, size, turn);
  useReveal(pane, selected && turnBox(selected.box, size, turn), scale);

  const stageRef = useRef<HTMLDivElement>(null);
  const wordUnder = (event: { clientX: number; clientY: number }) => {
    const { left, top } = stageRef.current!.getBoundingClientRect();
    const turnedPoint = { x: (event.clientX - left) / scale, y: (event.clientY - top) / scale };
    return boxAt(words, unturnPoint(turnedPoint, size, turn));
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    drag.handlers.onPointerMove(event);
    if (event.pointerType === 'mouse') choice.hover(wordUnder(event));
  };

  return (
    <div className={classes.frame}>
      <div
        ref={ref}
        className={classes.pane}
        tabIndex={0}
        role="group"
        aria-label={t('image.label', { page })}
        data-over={hovered !== undefined}
        onPointerDown={drag.handlers.onPointerDown}
        onPointerMove={onPointerMove}
        onPointerLeave={() => choice.hover(undefined)}
        onClick={(event) => drag.wasDragged() || choice.select(wordUnder(event))}
      >
        <div ref={stageRef} className={classes.stage} style={{ ...stage, visibility: isShaped ? undefined : 'hidden' }}>
          <div
            className={classes.sheet}
            data-empty={url === undefined || undefined}
            style={{ ...sheet, transform: turnTransform(sheet, turn) }}
          >
            {url !== undefined && image.data !== undefined && (
              <img
                src={url}
                alt={t('image.alt', { page })}
                draggable={false}
                onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
                  setLoaded({ width: naturalWidth, height: naturalHeight, page })
                }
              />
            )}
            <BoxLayer
              {...size}
              scale={scale}
              words={words}
              differing={differing}
              threshold={threshold}
              hovered={hovered}
              selected={selected}
            />
          </div>
          {pointed !== undefined && place !== undefined && (
            <div className={classes.tag} style={{ left: place.x0 * scale, top: place.y1 * scale + 6 }} aria-hidden>
              <b dir="auto">{pointed.text}</b>
              <span className={classes.dot} data-band={bandOf(pointed.confidence, threshold)} />
              <span className="numbers">{format.percent(pointed.confidence / 100)}</span>
            </div>
          )}
        </div>
      </div>
      {image.data === undefined && (
        <div className={classes.notice}>
          {image.error === null ? (
            <Loader size="sm" aria-label={t('image.loading')} />
          ) : (
            <>
              <IconPhotoOff size={26} stroke={1.5} aria-hidden />
              <span>{t('image.missing')}</span>
            </>
          )}
        </div>
      )}
      <ImageTools
        zoom={zoom}
        percent={Math.round((scale / PIXELS_PER_POINT) * 100)}
        onZoom={onZoom}
        onStep={step}
        onTurn={onTurn}
      />
    </div>
  );
}

function widthFor(cssPixels: number): number {
  const pixels = cssPixels * window.devicePixelRatio;
  return WIDTHS.find((width) => width >= pixels * 0.9) ?? WIDTHS.at(-1)!;
}

/** Pixels a word is kept away from the edge of the pane. */
const EDGE = 48;

/** Scrolls the pane so that a box that was chosen is seen. */
function useReveal(
  pane: { current: HTMLElement | null },
  box: { x0: number; y0: number; x1: number; y1: number } | undefined,
  scale: number,
): void {
  const latest = useRef(scale);
  latest.current = scale;
  const key = box && `${box.x0} ${box.y0} ${box.x1} ${box.y1}`;
  useEffect(() => {
    const element = pane.current;
    if (element === null || key === undefined) return;
    const [x0, y0, x1, y1] = key.split(' ').map((points) => Number(points) * latest.current + PADDING) as [
      number,
      number,
      number,
      number,
    ];
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = element;
    const seen =
      x0 > scrollLeft && x1 < scrollLeft + clientWidth && y0 > scrollTop + EDGE && y1 < scrollTop + clientHeight - EDGE;
    if (!seen) element.scrollTo({ left: (x0 + x1 - clientWidth) / 2, top: (y0 + y1 - clientHeight) / 2 });
  }, [pane, key]);
}
