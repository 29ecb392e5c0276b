import { Group, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useViewTitle } from './use-view-title';

/** The head of a view: its title (the browser tab's too), what it is about, and its controls. */
export function PageHeader({ title, subtitle, children }: { title: string; subtitle?: ReactNode; children?: ReactNode }) {
  useViewTitle(title);
  return (
    <Group justify="space-between" align="flex-end" mb="lg" gap="md">
      <Stack gap={2} miw={0}>
        <Title order={1} fz={{ base: 22, sm: 25 }} style={{ letterSpacing: '-0.015em', overflowWrap: 'anywhere' }}>
          {title}
        </Title>
        {subtitle !== undefined && (
          <Text component="div" size="sm" c="dimmed">
            {subtitle}
          </Text>
        )}
      </Stack>
      {children !== undefined && <Group gap="sm">{children}</Group>}
    </Group>
  );
}
