import { contentOperators, type ContentOperator } from './content-operators.js';

const INVISIBLE = '3';
const SHOWS = new Set(['Tj', 'TJ', "'", '"']);
const MOVES = new Set(['BT', 'ET', 'Td', 'TD', 'Tm', 'T*']);
/** Everything that leaves a visible mark besides text and XObjects (ISO 32000-1, table 51). */
const PAINTS = new Set(['S', 's', 'f', 'F', 'f*', 'B', 'B*', 'b', 'b*', 'sh', 'EI']);

/** What a stripped content stream was found to hold. */
export interface StrippedContent {
  data: Uint8Array;
  /** True when something was taken out. */
  changed: boolean;
  /** True when anything in it may be seen; any XObject left in place counts. */
  visible: boolean;
}

interface Cut {
  start: number;
  end: number;
  replacement: string;
}

/**
 * Takes the text shown in render mode 3 out of a content stream, and the XObjects `isInvisible` names. Visible text that follows invisible
 * text on the same line without being placed anew would move, so there the invisible text stays.
 * @param isInvisible tells, by resource name without its slash, whether an XObject holds invisible text only
 */
export function stripInvisibleText(data: Uint8Array, isInvisible: (name: string) => boolean): StrippedContent {
  const cuts: Cut[] = [];
  /** Cuts that hold only if the text is placed anew before anything visible is shown. */
  let pending: Cut[] = [];
  let visible = false;
  let mode = '0';
  const saved: string[] = [];
  for (const operator of contentOperators(data)) {
    const { name, operands } = operator;
    if (name === 'q') saved.push(mode);
    else if (name === 'Q') mode = saved.pop() ?? mode;
    else if (name === 'Tr') mode = operands.at(-1) ?? mode;
    if (MOVES.has(name) || name === "'" || name === '"') {
      cuts.push(...pending);
      pending = [];
    }
    if (PAINTS.has(name)) visible = true;
    if (name === 'Do' && isInvisible((operands[0] ?? '').slice(1))) cuts.push({ ...cutOf(operator), replacement: '' });
    else if (name === 'Do') visible = true;
    if (!SHOWS.has(name)) continue;
    if (mode === INVISIBLE) pending.push(cutOf(operator));
    else {
      visible = true;
      pending = [];
    }
  }
  cuts.push(...pending);
  return { data: cuts.length > 0 ? without(data, cuts) : data, changed: cuts.length > 0, visible };
}

/** `'` and `"` also go to the next line and set spacings: that part of them stays. */
function cutOf({ name, operands, start, end }: ContentOperator): Cut {
  if (name === "'") return { start, end, replacement: 'T*' };
  if (name === '"') return { start, end, replacement: `${operands[0]} Tw ${operands[1]} Tc T*` };
  return { start, end, replacement: '' };
}

function without(data: Uint8Array, cuts: Cut[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const cut of cuts) {
    parts.push(data.subarray(at, cut.start), Buffer.from(cut.replacement, 'latin1'));
    at = cut.end;
  }
  parts.push(data.subarray(at));
  return Buffer.concat(parts);
}
