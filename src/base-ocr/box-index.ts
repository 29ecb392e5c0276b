import type { Box } from '../document/page-result.js';

/** Items in a leaf, nodes in a node. */
const FANOUT = 16;

interface Node<T> {
  readonly box: Box;
  readonly items: readonly T[];
  readonly nodes: readonly Node<T>[];
}

/**
 * Finds what touches a box without looking at all there is: an R-tree, packed once (sorted into tiles). The libraries that do the same, such as
 * flatbush, find all there is to find, which hostile pages make too much.
 */
export class BoxIndex<T extends { readonly box: Box }> {
  private readonly top: readonly Node<T>[];

  constructor(items: readonly T[]) {
    const leaves = tiled(items).map((group) => ({ box: around(group), items: group, nodes: [] }));
    let level: readonly Node<T>[] = leaves;
    while (level.length > FANOUT) level = tiled(level).map((nodes) => ({ box: around(nodes), items: [], nodes }));
    this.top = level;
  }

  /**
   * The items whose boxes share some of this box's area, in no order.
   * @param mostLooks boxes looked at before no more are looked for: where thousands lie upon each other not all are found
   */
  *touching(box: Box, mostLooks: number): Generator<T> {
    const waiting = [...this.top];
    let left = mostLooks;
    for (let node = waiting.pop(); node !== undefined && left > 0; node = waiting.pop()) {
      left -= 1 + node.items.length;
      if (!shareArea(node.box, box)) continue;
      waiting.push(...node.nodes);
      for (const item of node.items) if (shareArea(item.box, box)) yield item;
    }
  }
}

/** Groups of neighbours: strips across, each cut downwards. */
function tiled<T extends { readonly box: Box }>(items: readonly T[]): T[][] {
  const strip = Math.ceil(Math.sqrt(items.length / FANOUT)) * FANOUT;
  return groupsOf(
    sorted(items, ({ x0, x1 }) => x0 + x1),
    strip,
  ).flatMap((group) =>
    groupsOf(
      sorted(group, ({ y0, y1 }) => y0 + y1),
      FANOUT,
    ),
  );
}

function sorted<T extends { readonly box: Box }>(items: readonly T[], place: (box: Box) => number): T[] {
  const placed = items.map((item) => ({ item, at: place(item.box) }));
  return placed.sort((a, b) => a.at - b.at).map(({ item }) => item);
}

function groupsOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function around(items: readonly { readonly box: Box }[]): Box {
  const box = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
  for (const { box: each } of items) {
    box.x0 = Math.min(box.x0, each.x0);
    box.y0 = Math.min(box.y0, each.y0);
    box.x1 = Math.max(box.x1, each.x1);
    box.y1 = Math.max(box.y1, each.y1);
  }
  return box;
}

function shareArea(a: Box, b: Box): boolean {
  return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;
}
