import { Button } from '@mantine/core';
import { IconMapQuestion } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Empty } from '~/components/Empty';

/** An address that leads nowhere. */
export function NothingHere() {
  const { t } = useTranslation();
  return (
    <Empty Icon={IconMapQuestion} title={t('nothingHere.title')} text={t('nothingHere.text')} isView>
      <Button component={Link} to="/">
        {t('nothingHere.action')}
      </Button>
    </Empty>
  );
}
