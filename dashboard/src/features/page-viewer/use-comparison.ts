import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { diffWords, type WordDifference } from './diff-words';
import { readingOf, wordsOf, type PageWords, type Reading } from './reading';
import { readingQuery, type LaterReading } from './readings';

export interface Compared {
  later: LaterReading;
  /** Null until it is done. */
  reading: Reading | null;
  text: PageWords;
  difference: WordDifference;
}

const NO_WORDS: PageWords = { words: [], paragraphs: [] };
const NO_DIFFERENCE: WordDifference = { onlyFirst: new Set(), onlySecond: new Set() };

/** The reading named in the address, against the words of the one in the result; null when there is none. */
export function useComparison(taskId: string, page: number, id: string | undefined, present: PageWords): Compared | null {
  const { data } = useQuery({ ...readingQuery(taskId, page, id ?? ''), enabled: id !== undefined });
  return useMemo(() => {
    if (id === undefined || data === undefined) return null;
    const reading = data.result && readingOf(data.result);
    if (reading === null) return { later: data.reading, reading, text: NO_WORDS, difference: NO_DIFFERENCE };
    const text = wordsOf(reading);
    const difference = diffWords(
      present.words.map((word) => word.text),
      text.words.map((word) => word.text),
    );
    return { later: data.reading, reading, text, difference };
  }, [id, data, present]);
}
