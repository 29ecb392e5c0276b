import { Grid, Stack, Tabs } from '@mantine/core';
import { IconFolder, IconUpload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '~/components/PageHeader';
import { ChosenFiles } from './ChosenFiles';
import { DropArea } from './DropArea';
import { OptionsForm } from './OptionsForm';
import { PathForm } from './PathForm';
import { arePages, useSubmitOptions } from './submit-options';
import { UploadList } from './UploadList';

/** Where documents are handed in: from the reader's machine, or by their place on the server. */
export function Submit() {
  const { t } = useTranslation('submit');
  const [options, change] = useSubmitOptions();
  const ready = arePages(options.pages) && options.formats.length > 0;

  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} />
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 7, lg: 8 }}>
          <Stack gap="md">
            <Tabs defaultValue="files" keepMounted={false}>
              <Tabs.List mb="md">
                <Tabs.Tab value="files" leftSection={<IconUpload size={16} aria-hidden />}>
                  {t('tabs.files')}
                </Tabs.Tab>
                <Tabs.Tab value="path" leftSection={<IconFolder size={16} aria-hidden />}>
                  {t('tabs.path')}
                </Tabs.Tab>
              </Tabs.List>
              <Tabs.Panel value="files">
                <Stack gap="md">
                  <DropArea />
                  <ChosenFiles options={options} disabled={!ready} />
                </Stack>
              </Tabs.Panel>
              <Tabs.Panel value="path">
                <PathForm options={options} disabled={!ready} />
              </Tabs.Panel>
            </Tabs>
            <UploadList />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5, lg: 4 }}>
          <OptionsForm options={options} onChange={change} />
        </Grid.Col>
      </Grid>
    </>
  );
}
