// The generated parts of docs/state-machine.md: the diagrams and tables between the markers, made from the transition tables.
const { FINAL_STATUSES, JOB_TRANSITIONS, TASK_TRANSITIONS } = await import('../../dist/src/task-manager/transitions.js');
const { JOB_STATES, TASK_STATUSES } = await import('../../dist/src/task-manager/task.types.js');

/** The page as it stands, with its generated parts renewed. @throws when a part's markers are missing */
export function stateMachinePage(page) {
  return [
    ['tasks', `${diagram(TASK_TRANSITIONS, 'queued', FINAL_STATUSES)}\n\n${table(TASK_TRANSITIONS, TASK_STATUSES)}`],
    ['jobs', `${diagram(JOB_TRANSITIONS, 'waiting', ['done', 'failed'])}\n\n${table(JOB_TRANSITIONS, JOB_STATES)}`],
  ].reduce(replacePart, page);
}

function replacePart(page, [name, content]) {
  const part = new RegExp(`(<!-- generated: ${name} -->)[^]*?(<!-- end -->)`);
  if (!part.test(page)) throw new Error(`docs/state-machine.md has no part "<!-- generated: ${name} -->" ... "<!-- end -->".`);
  return page.replace(part, (_, begin, end) => `${begin}\n\n${content}\n\n${end}`);
}

/** One arrow for each pair of states, named after all actions that lead along it. */
function diagram(transitions, first, last) {
  const arrows = new Map();
  for (const { action, from, to } of edgesOf(transitions)) {
    const arrow = `${from} --> ${to}`;
    arrows.set(arrow, [...(arrows.get(arrow) ?? []), action]);
  }
  const lines = [
    `[*] --> ${first}`,
    ...[...arrows].map(([arrow, actions]) => `${arrow}: ${actions.join(', ')}`),
    ...last.map((state) => `${state} --> [*]`),
  ];
  return ['```mermaid', 'stateDiagram-v2', ...lines.map((line) => `  ${line}`), '```'].join('\n');
}

/** The same as text: a row for each state, a column for each state it can become. */
function table(transitions, states) {
  const edges = edgesOf(transitions);
  const cell = (from, to) =>
    edges
      .filter((edge) => edge.from === from && edge.to === to)
      .map((edge) => edge.action)
      .join(', ');
  return [
    `| from \\ to | ${states.join(' | ')} |`,
    `| --- | ${states.map(() => '---').join(' | ')} |`,
    ...states.map((from) => `| **${from}** | ${states.map((to) => cell(from, to)).join(' | ')} |`),
  ].join('\n');
}

function edgesOf(transitions) {
  return Object.entries(transitions).flatMap(([action, ways]) =>
    Object.entries(ways).map(([from, to]) => ({ action, from, to })),
  );
}
