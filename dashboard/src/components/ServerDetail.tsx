import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** What the server itself says of an error. It says it in English: others see it when they ask for it. */
export function ServerDetail({ text }: { text: string }) {
  const { t, i18n } = useTranslation();
  const said = (
    <Text size="xs" mt={6} lang="en" style={{ overflowWrap: 'anywhere' }}>
      {text}
    </Text>
  );
  if (i18n.language === 'en') return said;
  return (
    <details style={{ marginTop: 6 }}>
      <Text component="summary" size="xs">
        {t('detailsInEnglish')}
      </Text>
      {said}
    </details>
  );
}
