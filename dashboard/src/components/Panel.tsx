import { Box, Group, Text, Title, type BoxProps } from '@mantine/core';
import type { ReactNode } from 'react';

interface PanelProps extends BoxProps {
  title?: string;
  hint?: ReactNode;
  /** Controls at the right of the title. */
  action?: ReactNode;
  /** Absent: there is nothing under the head now. */
  children?: ReactNode;
}

/** A surface with an optional head: what every view is made of. */
export function Panel({ title, hint, action, children, ...box }: PanelProps) {
  return (
    <Box component="section" className="panel" p={{ base: 'md', sm: 'lg' }} {...box}>
      {title !== undefined && (
        <Group justify="space-between" mb="md" gap="xs" align="baseline">
          <Title order={2} fz={15}>
            {title}
          </Title>
          {hint !== undefined && (
            <Text component="div" size="sm" c="dimmed" style={{ flex: 1 }}>
              {hint}
            </Text>
          )}
          {action}
        </Group>
      )}
      {children}
    </Box>
  );
}
