/** What `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)` tells of a statement. */
export interface Explained {
  Plan: PlanNode;
  'Execution Time': number;
}

export interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: PlanNode[];
}

/** Turns a statement into the question how it is done. */
export function explaining(statement: string): string {
  return `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${statement}`;
}

/** The node and all below it. */
export function nodesOf(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** Pages of 8 KB the whole plan has touched. */
export function buffersOf(plan: PlanNode): number {
  return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
}

/** Tables that were read through. */
export function tablesReadThrough(plan: PlanNode): string[] {
  return nodesOf(plan).flatMap((node) => (node['Node Type'] === 'Seq Scan' ? [node['Relation Name'] ?? ''] : []));
}
