import { useCallback, useMemo, useState } from 'react';
import type { Word } from './reading';

/** The word pointed at and the one chosen, on the image and in the text alike. */
export interface WordChoice {
  hovered: Word | undefined;
  selected: Word | undefined;
  hover: (word: Word | undefined) => void;
  select: (word: Word | undefined) => void;
}

/** @param selected number of the word chosen, counted from 1, as in the address */
export function useWordChoice(
  words: readonly Word[],
  selected: number | undefined,
  onSelect: (word: number | undefined) => void,
): WordChoice {
  const [hoveredIndex, setHovered] = useState<number>();
  const hover = useCallback((word: Word | undefined) => setHovered(word?.index), []);
  const select = useCallback((word: Word | undefined) => onSelect(word && word.index + 1), [onSelect]);
  return useMemo(
    () => ({
      hovered: hoveredIndex === undefined ? undefined : words[hoveredIndex],
      selected: selected === undefined ? undefined : words[selected - 1],
      hover,
      select,
    }),
    [words, hoveredIndex, selected, hover, select],
  );
}
