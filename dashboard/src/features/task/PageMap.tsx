import { Skeleton, Text, VisuallyHidden } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { memo, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { pagesQuery } from '~/api/queries';
import { isFinal, type PageState, type Task } from '~/api/types';
import { Failure } from '~/components/Failure';
import { Panel } from '~/components/Panel';
import { useFormat } from '~/i18n/format';
import classes from './PageMap.module.css';
import { rovingFocus } from './roving-focus';

/** Milliseconds between two looks while pages are being read: single pages are not told over the socket. */
const REFRESH_MS = 1500;

/** What a cell looks like. A page that was read is coloured by how sure the engine was. */
export type CellKind = 'waiting' | 'running' | 'good' | 'fair' | 'poor' | 'kept' | 'blank' | 'skipped' | 'failed';
const KINDS: readonly CellKind[] = ['waiting', 'running', 'good', 'fair', 'poor', 'kept', 'blank', 'skipped', 'failed'];

/** One cell a page, each the way to it. */
export function PageMap({ task }: { task: Task }) {
  const { t } = useTranslation('task');
  const format = useFormat();
  const hint = useId();
  const query = useQuery({ ...pagesQuery(task.task_id), refetchInterval: isFinal(task.status) ? false : REFRESH_MS });
  const pages = query.data?.pages;
  if (query.error !== null && pages === undefined) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  if (pages === undefined) return <Skeleton height={160} radius="lg" />;
  if (pages.length === 0) {
    return (
      <Panel>
        <Text size="sm" c="dimmed">
          {isFinal(task.status) ? t('map.never') : t('map.soon')}
        </Text>
      </Panel>
    );
  }
  const kinds = pages.map(kindOf);

  return (
    <Panel>
      <VisuallyHidden id={hint}>{t('map.keys')}</VisuallyHidden>
      <ol className={classes.map} aria-label={t('map.label')} {...rovingFocus}>
        {pages.map((page, index) => (
          <Cell key={page.page} taskId={task.task_id} page={page} kind={kinds[index]!} hint={index === 0 ? hint : undefined} />
        ))}
      </ol>
      <ul className={classes.legend} aria-label={t('map.legend')}>
        {KINDS.filter((kind) => kinds.includes(kind)).map((kind) => (
          <li key={kind}>
            <span className={classes.swatch} data-kind={kind} aria-hidden />
            {t(`map.kinds.${kind}`)}
            <span className="numbers">{format.integer(kinds.filter((each) => each === kind).length)}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

interface CellProps {
  taskId: string;
  page: PageState;
  kind: CellKind;
  /** Of the first cell: the id of what tells which keys lead on from it. */
  hint: string | undefined;
}

const Cell = memo(
  function Cell({ taskId, page, kind, hint }: CellProps) {
    const { t } = useTranslation('task');
    const format = useFormat();
    const sure = page.confidence === null || kind === 'kept' ? '' : ` · ${format.percent(page.confidence / 100)}`;
    const words = `${t('map.page', { page: page.page })} · ${t(`map.kinds.${kind}`)}${sure}`;
    return (
      <li>
        <Link
          to="/tasks/$taskId/pages/$page"
          params={{ taskId, page: String(page.page) }}
          className={classes.cell}
          data-kind={kind}
          title={words}
          aria-label={words}
          preload={false}
          tabIndex={hint === undefined ? -1 : 0}
          aria-describedby={hint}
        >
          {page.page}
        </Link>
      </li>
    );
  },
  (before, after) => before.kind === after.kind && before.hint === after.hint && before.page.confidence === after.page.confidence,
);

function kindOf({ state, source, confidence }: PageState): CellKind {
  if (state === 'not_selected') return 'skipped';
  if (state !== 'done') return state;
  if (source === 'kept' || source === 'blank') return source;
  if (confidence === null) return 'blank';
  return confidence >= 85 ? 'good' : confidence >= 65 ? 'fair' : 'poor';
}
