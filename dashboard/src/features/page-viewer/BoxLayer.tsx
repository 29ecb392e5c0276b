import { memo, type CSSProperties } from 'react';
import { bandOf, BANDS, type Band } from './bands';
import classes from './PageImage.module.css';
import type { Word } from './reading';

interface BoxLayerProps {
  words: readonly Word[];
  /** Words the other reading does not have; undefined when there is none beside. */
  differing?: ReadonlySet<number>;
  threshold: number;
  width: number;
  height: number;
  /** Pixels a point takes: on small pages the strokes are thinner. */
  scale: number;
  hovered: Word | undefined;
  selected: Word | undefined;
}

/** Points the marks of single words stand off their boxes. */
const MARGIN = 2;

/** The boxes of all words, coloured by confidence: one path for each colour, so that thousands of them cost little. */
export function BoxLayer({ words, differing, threshold, width, height, scale, hovered, selected }: BoxLayerProps) {
  return (
    <svg
      className={classes.boxes}
      style={{ '--stroke': Math.min(1, Math.max(0.35, scale)) } as CSSProperties}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden
    >
      <Bands words={words} differing={differing} threshold={threshold} />
      {hovered !== undefined && hovered !== selected && <Mark word={hovered} kind="hovered" />}
      {selected !== undefined && <Mark word={selected} kind="selected" />}
    </svg>
  );
}

const Bands = memo(function Bands({ words, differing, threshold }: Pick<BoxLayerProps, 'words' | 'differing' | 'threshold'>) {
  const paths: Record<Band, string> = { sure: '', fair: '', doubtful: '', lost: '' };
  for (const word of words) {
    if (differing !== undefined && !differing.has(word.index)) continue;
    const { x0, y0, x1, y1 } = word.box;
    paths[bandOf(word.confidence, threshold)] += `M${x0} ${y0}H${x1}V${y1}H${x0}Z`;
  }
  return BANDS.map((band) => <path key={band} d={paths[band]} data-band={band} vectorEffect="non-scaling-stroke" />);
});

function Mark({ word: { box }, kind }: { word: Word; kind: 'hovered' | 'selected' }) {
  return (
    <rect
      className={classes.mark}
      data-kind={kind}
      x={box.x0 - MARGIN}
      y={box.y0 - MARGIN}
      width={box.x1 - box.x0 + 2 * MARGIN}
      height={box.y1 - box.y0 + 2 * MARGIN}
      vectorEffect="non-scaling-stroke"
    />
  );
}
