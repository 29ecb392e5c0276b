import { Button, SegmentedControl } from '@mantine/core';
import { IconChevronLeft, IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PageState, Task } from '~/api/types';
import { useShortcuts } from '~/app/shortcuts';
import { PageHeader } from '~/components/PageHeader';
import { DEFAULT_THRESHOLD } from './bands';
import { Comparison } from './Comparison';
import { diagnose, isBadlyRead, type ReadingOptions } from './diagnose';
import { pageImageQuery, pageQuery } from './page-queries';
import { turnedOnce, VIEWS, type Turn, type View } from './page-search';
import { PageImage } from './PageImage';
import { Pager } from './Pager';
import { PageStrip } from './PageStrip';
import classes from './PageViewer.module.css';
import { ReadAgain } from './ReadAgain';
import { nextDoubtful, readingOf, wordsOf, type PageWords } from './reading';
import { SidePanel } from './SidePanel';
import { useComparison } from './use-comparison';
import { useContrast } from './use-contrast';
import { ofAnotherPage, usePageSearch } from './use-page-search';
import { useReadings } from './use-readings';
import { useWordChoice } from './use-word-choice';

const NO_WORDS: PageWords = { words: [], paragraphs: [] };
/** Pixels: what the contrast is measured on. */
const LOOKED_AT_WIDTH = 800;

interface OnePageProps {
  task: Task;
  pages: readonly PageState[];
  page: PageState;
}

/** A page of a task, whatever its state. */
export function OnePage({ task, pages, page }: OnePageProps) {
  const { t } = useTranslation('page');
  const navigate = useNavigate();
  const { search, change, show } = usePageSearch();
  const { view = 'both', zoom = 'width' } = search;
  const number = page.page;
  const isFinished = page.state === 'done' || page.state === 'failed';

  const answer = useQuery({ ...pageQuery(task.task_id, page), enabled: page.state === 'done' });
  const reading = page.state === 'failed' ? null : answer.data && readingOf(answer.data);
  const text = useMemo(() => (reading ? wordsOf(reading) : NO_WORDS), [reading]);
  const image = useQuery({ ...pageImageQuery(task.task_id, number, LOOKED_AT_WIDTH), enabled: isFinished });
  const contrast = useContrast(image.data);
  const causes = useMemo(
    () => (reading === undefined || !isFinished ? [] : diagnose({ reading, error: page.error, contrast })),
    [reading, isFinished, page.error, contrast],
  );
  // What the engine took for upright is believed where it then read well.
  const upright = reading && !isBadlyRead(reading, text.words) ? (reading.orientation as Turn) : 0;
  const turn: Turn = search.turn ?? upright;

  const [threshold, setThreshold] = useThreshold(search.threshold ?? DEFAULT_THRESHOLD, (next) => change({ threshold: next }));
  const marked = useDeferredValue(threshold);
  const selectWord = useCallback((word: number | undefined) => change({ word }), [change]);
  const choice = useWordChoice(text.words, search.word, selectWord);
  const step = (direction: 1 | -1) => {
    const next = nextDoubtful(text.words, choice.selected?.index ?? -1, threshold, direction);
    if (next !== undefined) choice.select(next);
  };

  const compared = useComparison(task.task_id, number, search.compare, text);
  const [otherWord, setOtherWord] = useState<number>();
  const otherChoice = useWordChoice(compared?.text.words ?? NO_WORDS.words, otherWord, setOtherWord);
  const shownWords = compared?.reading ? compared.text.words : text.words;

  const [form, setForm] = useState<ReadingOptions | null>(null);
  const formButton = useRef<HTMLButtonElement>(null);
  const closeForm = () => {
    setForm(null);
    formButton.current?.focus();
  };
  const again = useReadings(task.task_id, number, isFinished, (compare) => {
    change({ compare, word: undefined });
    setOtherWord(undefined);
    setForm(null);
  });
  useEffect(() => {
    setForm(null);
    setOtherWord(undefined);
  }, [number]);

  const tools = useRef<{ step: (direction: 1 | -1) => void }>(null);
  const onTools = useCallback((next: { step: (direction: 1 | -1) => void }) => void (tools.current = next), []);
  const onZoom = useCallback((next: typeof zoom) => change({ zoom: next }), [change]);
  const onTurn = () => change({ turn: turnedOnce(turn) });
  const go = (to: number) => to >= 1 && to <= pages.length && show(to);
  const back = (event?: KeyboardEvent) => {
    if (event?.target instanceof Element && event.target.closest('[role="dialog"]') !== null) return; // the key closes that
    if (compared !== null) change({ compare: undefined });
    else void navigate({ to: '/tasks/$taskId', params: { taskId: task.task_id } });
  };

  useShortcuts([
    { keys: 'k', label: 'previousPage', run: () => go(number - 1) },
    { keys: 'j', label: 'nextPage', run: () => go(number + 1) },
    { keys: 'n', label: 'nextDoubtful', run: () => step(1) },
    { keys: 'shift+n', label: 'previousDoubtful', run: () => step(-1) },
    // `+` is typed with Shift on many keyboards, and with `=` on some.
    { keys: 'plus', also: ['shift+plus', '='], label: 'zoomIn', run: () => tools.current?.step(1) },
    { keys: 'minus', label: 'zoomOut', run: () => tools.current?.step(-1) },
    { keys: 'f', label: 'fit', run: () => change({ zoom: zoom === 'width' ? 'page' : 'width' }) },
    { keys: 'r', label: 'rotate', run: onTurn },
    { keys: 'e', label: 'readAgain', run: () => isFinished && setForm({}) },
    { keys: 'Escape', label: 'back', run: back },
  ]);

  return (
    <div className={classes.viewer}>
      <Link to="/tasks/$taskId" params={{ taskId: task.task_id }} className={classes.back}>
        <IconChevronLeft size={16} aria-hidden />
        <span>{task.name}</span>
      </Link>
      <PageHeader title={t('title', { page: number })}>
        {pages.length > 1 && <Pager page={number} count={pages.length} onShow={go} />}
        <SegmentedControl
          size="xs"
          aria-label={t('view.label')}
          value={view}
          onChange={(next) => change({ view: next === 'both' ? undefined : (next as Exclude<View, 'both'>) })}
          data={VIEWS.map((each) => ({ value: each, label: t(`view.${each}`) }))}
        />
        <Button
          ref={formButton}
          size="sm"
          variant={form === null ? 'light' : 'filled'}
          leftSection={<IconRefresh size={17} aria-hidden />}
          disabled={!isFinished}
          aria-expanded={form !== null}
          onClick={() => (form === null ? setForm({}) : closeForm())}
        >
          {t('again.open')}
        </Button>
      </PageHeader>
      <div className={classes.panes} data-view={view} data-comparing={compared !== null || undefined}>
        {pages.length > 1 && <PageStrip taskId={task.task_id} pages={pages} current={number} search={ofAnotherPage(search)} />}
        {view !== 'text' && (
          <div className={classes.image}>
            <PageImage
              taskId={task.task_id}
              page={number}
              size={reading ?? undefined}
              words={shownWords}
              differing={compared?.reading ? compared.difference.onlySecond : undefined}
              threshold={marked}
              choice={compared?.reading ? otherChoice : choice}
              zoom={zoom}
              turn={turn}
              onZoom={onZoom}
              onTurn={onTurn}
              onTools={onTools}
            />
          </div>
        )}
        {(view !== 'image' || form !== null || compared !== null) && (
          <div className={classes.side}>
            {form !== null && (
              <ReadAgain
                key={JSON.stringify(form)}
                start={form}
                busy={again.isReading}
                later={again.later}
                presentId={again.presentId}
                onCompare={(compare) => change({ compare })}
                onRead={again.read}
                onClose={closeForm}
              />
            )}
            {compared === null ? (
              <SidePanel
                page={page}
                reading={reading}
                causes={causes}
                text={text}
                choice={choice}
                threshold={threshold}
                marked={marked}
                onThreshold={setThreshold}
                onStep={step}
                onTry={again.isReading ? undefined : again.read}
              />
            ) : (
              <Comparison
                present={{ reading: reading ?? null, text, choice }}
                other={{ reading: compared.reading, text: compared.text, choice: otherChoice }}
                later={compared.later}
                isPresent={compared.later.reading_id === again.presentId}
                difference={compared.difference}
                threshold={marked}
                busy={again.isAccepting}
                onAccept={() => again.accept(compared.later.reading_id)}
                onClose={() => change({ compare: undefined })}
              />
            )}
          </div>
        )}
      </div>
    </div>
  );
}

/** The threshold while it is dragged, and after a rest in the address. */
function useThreshold(known: number, settle: (threshold: number) => void): [number, (threshold: number) => void] {
  const [dragged, setDragged] = useState<number | null>(null);
  const latest = useRef(settle);
  latest.current = settle;
  useEffect(() => {
    if (dragged === null) return;
    const timer = setTimeout(() => latest.current(dragged), 200);
    return () => clearTimeout(timer);
  }, [dragged]);
  useEffect(() => setDragged(null), [known]);
  return [dragged ?? known, setDragged];
}
