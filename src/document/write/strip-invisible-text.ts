import { PDFName } from 'pdf-lib';
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

/** What becomes of an XObject that content draws: it stays, goes, or another one, whose resource name this is, takes its place. */
export type DrawnInstead = 'stays' | 'goes' | { readonly name: string };

export interface StripOptions {
  /** The text render mode the content begins with: a form's is that of where it is drawn. */
  readonly mode?: string;
  /** Asked for each XObject drawn, by resource name without its slash, with the render mode it is drawn in. */
  drawn(name: string, mode: string): Promise<DrawnInstead>;
}

interface Cut {
  start: number;
  end: number;
  replacement: string;
}

/**
 * Takes the text shown in render mode 3 out of a content stream, and out of the XObjects it draws. Visible text that follows invisible
 * text on the same line without being placed anew would move, so there the invisible text stays.
 */
export async function stripInvisibleText(data: Uint8Array, options: StripOptions): Promise<StrippedContent> {
  const cuts: Cut[] = [];
  /** Cuts that hold only if the text is placed anew before anything visible is shown. */
  let pending: Cut[] = [];
  let visible = false;
  let mode = options.mode ?? '0';
  const saved: string[] = [];
  for (const operator of contentOperators(data)) {
    const { name, operands } = operator;
    if (name === 'q') saved.push(mode);
    else if (name === 'Q') mode = saved.pop() ?? mode;
    else if (name === 'Tr') mode = operands.at(-1) ?? mode;
    if (MOVES.has(name) || name === "'" || name === '"') {
      for (const cut of pending) cuts.push(cut);
      pending = [];
    }
    if (PAINTS.has(name)) visible = true;
    if (name === 'Do') {
      const instead = await options.drawn(decodedName(operands.at(-1) ?? ''), mode);
      if (instead !== 'stays') {
        const { start, end } = operator;
        cuts.push({ start, end, replacement: instead === 'goes' ? '' : `/${instead.name} Do` });
      }
      visible ||= instead !== 'goes';
    }
    if (!SHOWS.has(name)) continue;
    if (mode === INVISIBLE) pending.push(cutOf(operator));
    else {
      visible = true;
      pending = [];
    }
  }
  for (const cut of pending) cuts.push(cut);
  cuts.sort((a, b) => a.start - b.start);
  return { data: cuts.length > 0 ? without(data, cuts) : data, changed: cuts.length > 0, visible };
}

/** `'` and `"` also go to the next line and set spacings: that part of them stays. */
function cutOf({ name, operands, start, end }: ContentOperator): Cut {
  if (name === "'") return { start, end, replacement: 'T*' };
  if (name === '"') return { start, end, replacement: `${operands[0]} Tw ${operands[1]} Tc T*` };
  return { start, end, replacement: '' };
}

function decodedName(written: string): string {
  return PDFName.of(written.slice(1)).decodeText();
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
