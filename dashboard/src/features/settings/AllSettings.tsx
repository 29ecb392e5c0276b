import { Button, Code, Collapse, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import type { Setting } from '~/api/types';
import { Panel } from '~/components/Panel';
import { useFormat } from '~/i18n/format';
import classes from './Settings.module.css';
import { useSettingWords, valueWords } from './setting-words';

/** What the server was started with. Shown under the names its configuration uses, for that is where it is changed. */
export function AllSettings({ settings }: { settings: Setting[] }) {
  const { t } = useTranslation('settings');
  const [open, { toggle }] = useDisclosure();
  return (
    <Panel
      title={t('all.title')}
      hint={t('all.hint')}
      action={
        <Button size="compact-sm" variant="subtle" onClick={toggle} aria-expanded={open} aria-controls="all-settings">
          {t(open ? 'all.hide' : 'all.show')}
        </Button>
      }
    >
      <Collapse expanded={open} id="all-settings">
        <Table.ScrollContainer minWidth={620} mt="md" scrollAreaProps={{ tabIndex: 0 }}>
          <Table className={classes.table} verticalSpacing="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('all.name')}</Table.Th>
                <Table.Th>{t('all.value')}</Table.Th>
                <Table.Th>{t('all.what')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {settings.map((setting) => (
                <Line key={setting.name} setting={setting} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Collapse>
    </Panel>
  );
}

function Line({ setting }: { setting: Setting }) {
  const { t } = useTranslation('settings');
  const { unit, what, lang } = useSettingWords(setting);
  const { name, value, secret } = setting;
  const shown = valueWords(value, unit, useFormat());
  return (
    <Table.Tr>
      <Table.Td>
        <Code>{name}</Code>
      </Table.Td>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>
        {shown === '' ? (
          <Text size="sm" c="dimmed">
            {t(secret === true ? 'all.secret' : 'all.unset')}
          </Text>
        ) : (
          shown
        )}
      </Table.Td>
      <Table.Td>
        <Text size="sm" c="dimmed" lang={lang}>
          {what}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}
