import { Group, Progress, Skeleton, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { NodeFacts } from '~/api/types';
import { Panel } from '~/components/Panel';
import { useFormat } from '~/i18n/format';
import classes from './lists.module.css';

/** Seconds without a sign of life after which a node is shown as silent. */
const SILENT_AFTER = 6;

/** The machines at work: their load, and when they were last heard of. */
export function Nodes({ nodes }: { nodes: NodeFacts[] | undefined }) {
  const { t } = useTranslation('overview');
  return (
    <Panel title={t('nodes.title')} hint={nodes && t('nodes.count', { count: nodes.length })}>
      {nodes === undefined ? (
        <Skeleton height={96} />
      ) : nodes.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('nodes.none')}
        </Text>
      ) : (
        <ul className={classes.nodes}>
          {nodes.map((node) => (
            <NodeCard key={node.id} node={node} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function NodeCard({ node }: { node: NodeFacts }) {
  const { t } = useTranslation('overview');
  const format = useFormat();
  const reads = node.roles.includes('worker');
  const seconds = Math.round(node.last_heartbeat_seconds);
  const silent = node.last_heartbeat_seconds > SILENT_AFTER;
  return (
    <li className={classes.node}>
      <Group justify="space-between" wrap="nowrap" mb={8}>
        <Text size="sm" fw={560} truncate title={node.id}>
          {node.name}
        </Text>
        <Text size="xs" c={silent ? 'var(--mantine-color-error)' : 'dimmed'} className="numbers" style={{ whiteSpace: 'nowrap' }}>
          {seconds === 0 ? t('nodes.heard_now') : t(silent ? 'nodes.silent' : 'nodes.heard', { time: format.duration(seconds) })}
        </Text>
      </Group>
      <Progress
        value={node.slots === 0 ? 0 : (100 * node.running_pages) / node.slots}
        size={6}
        color="var(--state-running)"
        aria-label={t('nodes.load', { name: node.name })}
      />
      <Group justify="space-between" mt={8} gap="xs" className="numbers">
        <Text size="xs" c="dimmed">
          {reads
            ? t('nodes.pages', { count: node.slots, running: Math.min(node.running_pages, node.slots) })
            : t('nodes.readsNone')}
        </Text>
        <Text size="xs" c="dimmed">
          {format.bytes(node.memory_mb * 1e6)} · {node.version}
        </Text>
      </Group>
    </li>
  );
}
