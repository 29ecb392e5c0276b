import '@mantine/dropzone/styles.css';
import { Button, Stack, Text } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { IconFileUpload } from '@tabler/icons-react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { uploads } from './uploads';
import classes from './Submit.module.css';

/** What the file dialog offers first. The server goes by the content, so anything may be dropped. */
const KINDS = '.pdf,.tif,.tiff,.png,.jpg,.jpeg,.webp';

/** Takes files that are dropped or chosen, as many as there are. They are sent when the reader says so. */
export function DropArea() {
  const { t } = useTranslation('submit');
  const open = useRef<() => void>(null);
  return (
    <Dropzone
      openRef={open}
      onDrop={(files) => uploads.choose(files)}
      activateOnClick={false}
      enablePointerEvents
      inputProps={{ accept: KINDS, 'aria-label': t('drop.title'), tabIndex: -1 }}
      tabIndex={-1}
      radius="lg"
      className={classes.drop}
    >
      <Stack align="center" gap={6} py={{ base: 'lg', sm: 44 }}>
        <IconFileUpload size={42} stroke={1.3} color="var(--mantine-color-anchor)" aria-hidden />
        <Text fw={600} mt="xs">
          {t('drop.title')}
        </Text>
        <Text size="sm" c="dimmed" ta="center">
          {t('drop.kinds')}
        </Text>
        <Button mt="sm" variant="light" onClick={() => open.current?.()}>
          {t('drop.choose')}
        </Button>
      </Stack>
    </Dropzone>
  );
}
