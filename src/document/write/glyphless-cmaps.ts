/** A block of a CMap may hold this many entries (Adobe Technical Note 5014). */
const ENTRIES_A_BLOCK = 100;

/** `entries` in blocks of the operator (`bfchar`, `bfrange`, `cidrange`), each as long as one may be. */
export function cmapBlocks(entries: readonly string[], operator: string): string[] {
  const lines: string[] = [];
  for (let i = 0; i < entries.length; i += ENTRIES_A_BLOCK) {
    const block = entries.slice(i, i + ENTRIES_A_BLOCK);
    lines.push(`${block.length} begin${operator}`, ...block, `end${operator}`);
  }
  return lines;
}

/** A CMap (ISO 32000-1 §9.7.5, §9.10.3) over codes of one byte, or, with long ones, of one byte up to `BF` and two from `C000`. */
export function glyphlessCMap(
  name: string,
  ordering: string,
  type: 1 | 2,
  blocks: readonly string[],
  hasLongCodes: boolean,
): string {
  const codeSpace = hasLongCodes ? '2 begincodespacerange <00> <BF> <C000> <FFFF>' : '1 begincodespacerange <00> <FF>';
  return [
    '/CIDInit /ProcSet findresource begin 12 dict begin begincmap',
    `/CIDSystemInfo << /Registry (Adobe) /Ordering (${ordering}) /Supplement 0 >> def`,
    `/CMapName /${name} def /CMapType ${type} def${type === 1 ? ' /WMode 0 def' : ''}`,
    `${codeSpace} endcodespacerange`,
    ...blocks,
    'endcmap CMapName currentdict /CMap defineresource pop end end',
  ].join('\n');
}

export function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
