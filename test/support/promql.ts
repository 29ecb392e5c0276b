import { parser } from '@prometheus-io/lezer-promql';

/** A metric as an expression names it, with the labels it asks for. */
export interface Selected {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** What a PromQL expression reads, and the labels it groups by. @throws Error when it is none */
export function readPromql(expression: string): { selected: Selected[]; groupedBy: string[] } {
  const text = (node: { from: number; to: number }) => expression.slice(node.from, node.to);
  const selected: { metric: string; labels: string[] }[] = [];
  const groupedBy: string[] = [];
  let inGrouping = false;
  parser.parse(expression).iterate({
    enter: (node) => {
      if (node.type.isError) throw new Error(`not PromQL at ${node.from}: ${expression}`);
      if (node.name === 'VectorSelector') selected.push({ metric: '', labels: [] });
      if (node.name === 'Identifier') selected.at(-1)!.metric = text(node);
      if (node.name === 'GroupingLabels') inGrouping = true;
      if (node.name === 'LabelName') (inGrouping ? groupedBy : selected.at(-1)!.labels).push(text(node));
    },
    leave: (node) => {
      if (node.name === 'GroupingLabels') inGrouping = false;
    },
  });
  return { selected, groupedBy };
}
