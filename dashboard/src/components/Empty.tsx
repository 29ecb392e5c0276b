import { Center, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useViewTitle } from './use-view-title';

interface EmptyProps {
  Icon: Icon;
  title: string;
  text?: string;
  /** Whether it is all there is of a view: its title is the view's, then. */
  isView?: boolean;
  children?: ReactNode;
}

/** Where there is nothing to show: why, and what to do about it. */
export function Empty({ Icon, title, text, isView = false, children }: EmptyProps) {
  useViewTitle(isView ? title : undefined);
  return (
    <Center mih={220} p="lg">
      <Stack align="center" gap={6} maw={420} ta="center">
        <ThemeIcon variant="light" size={52} radius="xl" mb={8}>
          <Icon size={26} stroke={1.5} aria-hidden />
        </ThemeIcon>
        <Title order={isView ? 1 : 2} fz={17}>
          {title}
        </Title>
        {text !== undefined && (
          <Text c="dimmed" size="sm" mb={children === undefined ? 0 : 'sm'}>
            {text}
          </Text>
        )}
        {children}
      </Stack>
    </Center>
  );
}
