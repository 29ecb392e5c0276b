import { useMediaQuery, useTimeout } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { memo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PageState } from '~/api/types';
import { useFormat } from '~/i18n/format';
import { pageImageQuery } from './page-queries';
import type { PageSearch } from './page-search';
import classes from './PageStrip.module.css';
import { useObjectUrl } from './use-object-url';
import { useVisibleRange } from './use-visible-range';

/** Pixels a thumbnail takes along the strip, as the style sheet has it. */
const LENGTH = { x: 84, y: 122 };
const THUMBNAIL_WIDTH = 160;
/** Milliseconds a thumbnail must stay in sight before its image is fetched: not while the strip flies by. */
const PATIENCE_MS = 120;

interface PageStripProps {
  taskId: string;
  pages: readonly PageState[];
  current: number;
  search: PageSearch;
}

/** All pages as little pictures; only those in sight exist. Beside the page on wide screens, above it on others. */
export function PageStrip({ taskId, pages, current, search }: PageStripProps) {
  const { t } = useTranslation('page');
  const isWide = useMediaQuery('(min-width: 75em)', true, { getInitialValueInEffect: false });
  const axis = isWide ? 'y' : 'x';
  const ref = useRef<HTMLElement>(null);
  const index = Math.max(
    0,
    pages.findIndex(({ page }) => page === current),
  );
  const { first, last } = useVisibleRange(ref, axis, pages.length, LENGTH[axis], index);
  const size = { [axis === 'y' ? 'height' : 'width']: pages.length * LENGTH[axis] };

  return (
    <nav ref={ref} className={classes.strip} data-axis={axis} aria-label={t('strip.label')}>
      <div className={classes.track} style={size}>
        {pages.slice(first, last).map((page, at) => (
          <div key={page.page} className={classes.place} style={{ [axis === 'y' ? 'top' : 'left']: (first + at) * LENGTH[axis] }}>
            <Thumbnail taskId={taskId} page={page} isCurrent={page.page === current} search={search} />
          </div>
        ))}
      </div>
    </nav>
  );
}

interface ThumbnailProps {
  taskId: string;
  page: PageState;
  isCurrent: boolean;
  search: PageSearch;
}

const Thumbnail = memo(function Thumbnail({ taskId, page, isCurrent, search }: ThumbnailProps) {
  const { t } = useTranslation('page');
  const format = useFormat();
  const [stays, setStays] = useState(false);
  useTimeout(() => setStays(true), PATIENCE_MS, { autoInvoke: true });
  const image = useQuery({ ...pageImageQuery(taskId, page.page, THUMBNAIL_WIDTH), enabled: stays });
  const url = useObjectUrl(image.data);
  const mark = markOf(page);
  const sure = page.confidence !== null && page.source === 'recognised' ? ` · ${format.percent(page.confidence / 100)}` : '';
  const label = `${t('title', { page: page.page })} · ${t(`strip.marks.${mark}`)}${sure}`;

  return (
    <Link
      to="/tasks/$taskId/pages/$page"
      params={{ taskId, page: String(page.page) }}
      search={search}
      replace
      preload={false}
      className={classes.thumbnail}
      aria-current={isCurrent ? 'page' : undefined}
      aria-label={label}
      title={label}
    >
      <span className={classes.paper}>{url !== undefined && <img src={url} alt="" draggable={false} />}</span>
      <span className={classes.caption}>
        <span className={classes.mark} data-mark={mark} aria-hidden />
        {page.page}
      </span>
    </Link>
  );
});

type Mark = 'waiting' | 'running' | 'failed' | 'not_selected' | 'kept' | 'blank' | 'good' | 'fair' | 'poor';

/** The same steps as the page map of a task. */
function markOf({ state, source, confidence }: PageState): Mark {
  if (state !== 'done') return state;
  if (source === 'kept' || source === 'blank') return source;
  if (confidence === null) return 'poor';
  return confidence >= 85 ? 'good' : confidence >= 65 ? 'fair' : 'poor';
}
