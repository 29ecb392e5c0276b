import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** Says of a task that it is held: its OCR engine is away, and it goes on by itself once that is back. */
export function HeldMark() {
  const { t } = useTranslation();
  return (
    <Text size="xs" fw={560} c="var(--state-paused)" title={t('held.why')} style={{ whiteSpace: 'nowrap' }}>
      {t('held.short')}
    </Text>
  );
}
