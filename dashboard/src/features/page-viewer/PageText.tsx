import { VisuallyHidden } from '@mantine/core';
import { memo, useEffect, useId, useRef, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '~/i18n/format';
import { bandOf } from './bands';
import classes from './PageText.module.css';
import type { PageWords, Word } from './reading';
import type { WordChoice } from './use-word-choice';

interface PageTextProps {
  text: PageWords;
  threshold: number;
  choice: WordChoice;
  /** As the engine has it: `fra`. */
  language: string | null;
  label: string;
  /** Words the other reading does not have. */
  differing?: ReadonlySet<number>;
}

/** The text of a page, line by line. The arrow keys step through its words, and each is said with its confidence. */
export function PageText({ text, threshold, choice, language, label, differing }: PageTextProps) {
  const { t } = useTranslation('page');
  const format = useFormat();
  const hint = useId();
  const frame = useRef<HTMLDivElement>(null);
  const { hovered, selected } = choice;
  useScrollTo(frame, selected?.index);

  const wordOf = (target: EventTarget) => {
    const element = target instanceof Element ? target.closest<HTMLElement>('[data-word]') : null;
    return element === null ? undefined : text.words[Number(element.dataset.word)];
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = stepped(text.words, selected, event.key);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation(); // the arrows turn pages elsewhere
    choice.select(next);
  };

  return (
    <section
      ref={frame}
      className={classes.frame}
      tabIndex={0}
      aria-label={label}
      aria-describedby={hint}
      lang={languageTag(language)}
      onKeyDown={onKeyDown}
      onMouseOver={(event) => choice.hover(wordOf(event.target))}
      onMouseLeave={() => choice.hover(undefined)}
      onClick={(event) => choice.select(wordOf(event.target))}
    >
      <VisuallyHidden id={hint}>{t('text.keys')}</VisuallyHidden>
      <VisuallyHidden role="status">
        {selected &&
          t('text.word', { word: selected.text, confidence: format.percent(selected.confidence / 100), line: selected.line })}
      </VisuallyHidden>
      {text.paragraphs.map((lines, paragraph) => (
        <p key={paragraph} className={classes.paragraph} dir="auto">
          {withBreaks(lines).map(({ words, breaks }, line) => (
            <Line
              key={line}
              words={words}
              breaks={breaks}
              threshold={threshold}
              differing={differing}
              hovered={within(words, hovered)}
              selected={within(words, selected)}
            />
          ))}
        </p>
      ))}
    </section>
  );
}

interface LineProps {
  words: readonly Word[];
  breaks: boolean;
  threshold: number;
  differing?: ReadonlySet<number>;
  hovered: number | undefined;
  selected: number | undefined;
}

const Line = memo(function Line({ words, breaks, threshold, differing, hovered, selected }: LineProps) {
  return (
    <span>
      {words.map(({ index, text, confidence }) => (
        <span key={index}>
          <span
            className={classes.word}
            data-word={index}
            data-band={bandOf(confidence, threshold)}
            data-hovered={hovered === index || undefined}
            data-selected={selected === index || undefined}
            data-differs={differing?.has(index) || undefined}
          >
            {text}
          </span>{' '}
        </span>
      ))}
      {breaks && <br />}
    </span>
  );
});

/** Share of a paragraph's width by which a line that ends early does so on purpose. */
const SHORT = 0.15;

/** Lines that fill their paragraph flow on; a line that ends early, as in an address or a table, stays a line. */
function withBreaks(lines: PageWords['paragraphs'][number]): { words: readonly Word[]; breaks: boolean }[] {
  const words = lines.flat();
  const left = Math.min(...words.map(({ box }) => box.x0));
  const right = Math.max(...words.map(({ box }) => box.x1));
  return lines.map((line) => {
    const end = Math.max(...line.map(({ box }) => box.x1));
    return { words: line, breaks: right - end > SHORT * (right - left) };
  });
}

/** The index of a word when it is one of these: lines without it need not be painted anew. */
function within(words: readonly Word[], word: Word | undefined): number | undefined {
  return word !== undefined && words[0] !== undefined && words[0].line === word.line ? word.index : undefined;
}

/** Where a key leads from a word; from nowhere, to the first. */
function stepped(words: readonly Word[], from: Word | undefined, key: string): Word | undefined {
  if (!['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'].includes(key)) return undefined;
  if (from === undefined || key === 'Home') return words[0];
  if (key === 'End') return words.at(-1);
  if (key === 'ArrowRight') return words[from.index + 1] ?? from;
  if (key === 'ArrowLeft') return words[from.index - 1] ?? from;
  if (key === 'ArrowDown') return words.find(({ line }) => line > from.line) ?? from;
  const above = words.findLast(({ line }) => line < from.line);
  return words.find(({ line }) => line === above?.line) ?? from;
}

/** Scrolls within the frame alone: the page around it stays where it is. */
function useScrollTo(frame: { current: HTMLElement | null }, index: number | undefined): void {
  useEffect(() => {
    const container = frame.current;
    const word = container?.querySelector<HTMLElement>(`[data-word="${index}"]`);
    if (!container || !word) return;
    const [outer, inner] = [container.getBoundingClientRect(), word.getBoundingClientRect()];
    if (inner.top < outer.top + 8 || inner.bottom > outer.bottom - 8) {
      container.scrollTop += inner.top - outer.top - container.clientHeight / 2;
    }
  }, [frame, index]);
}

/** `fra` as `lang` wants it: `fr`. */
function languageTag(language: string | null): string | undefined {
  try {
    return language === null ? undefined : Intl.getCanonicalLocales(language.split('+')[0]!.replace('_', '-'))[0];
  } catch {
    return undefined; // a file of somebody's own, like `invoices_2`
  }
}
