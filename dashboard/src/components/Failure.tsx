import { Button, Code, Collapse, Group } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconAlertTriangle, IconPlugConnectedX, IconRefresh } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '~/api/problem';
import { useErrorWords } from '~/i18n/error-words';
import { Empty } from './Empty';

interface FailureProps {
  error: unknown;
  onRetry?: () => void;
  /** Whether it is a whole view that could not be shown. */
  isView?: boolean;
}

/** Something could not be shown: why in words, the details on demand, and the button that tries again. */
export function Failure({ error, onRetry, isView }: FailureProps) {
  const { t } = useTranslation();
  const words = useErrorWords();
  const [open, { toggle }] = useDisclosure();
  const { title, detail } = words(error);
  const unreachable = error instanceof ApiProblem && error.code === 'network_error';

  return (
    <div role="alert">
      <Empty Icon={unreachable ? IconPlugConnectedX : IconAlertTriangle} title={title} text={t('failure.text')} isView={isView}>
        <Group gap="sm">
          {onRetry !== undefined && (
            <Button leftSection={<IconRefresh size={17} aria-hidden />} onClick={onRetry} variant="light">
              {t('failure.retry')}
            </Button>
          )}
          {detail !== '' && (
            <Button variant="subtle" color="gray" onClick={toggle} aria-expanded={open}>
              {t('details')}
            </Button>
          )}
        </Group>
        <Collapse expanded={open}>
          <Code block mt="sm">
            {detail}
          </Code>
        </Collapse>
      </Empty>
    </div>
  );
}
