import { Text } from '@mantine/core';
import { IconBraces, IconFileText, IconFileTypePdf, IconMarkdown, IconTable, IconCode, type Icon } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { apiKey } from '~/api/api-key';
import { downloadWithKey } from '~/api/download';
import { isFinal, type Format, type Task } from '~/api/types';
import { Panel } from '~/components/Panel';
import { toastFailed } from '~/components/toasts';
import { useErrorWords } from '~/i18n/error-words';
import { useFormat } from '~/i18n/format';
import classes from './Task.module.css';

const ICONS: Readonly<Partial<Record<Format, Icon>>> = {
  pdf: IconFileTypePdf,
  txt: IconFileText,
  json: IconBraces,
  md: IconMarkdown,
  tsv: IconTable,
};

/** What came out, by format. */
export function Downloads({ task }: { task: Task }) {
  const { t } = useTranslation('task');
  const { t: common } = useTranslation();
  const format = useFormat();
  const words = useErrorWords();
  const results = Object.entries(task.results) as [Format, Task['results'][string]][];

  return (
    <Panel title={t('downloads.title')}>
      {results.length === 0 ? (
        <Text size="sm" c="dimmed">
          {isFinal(task.status) ? t('downloads.none') : t('downloads.later')}
        </Text>
      ) : (
        <ul className={classes.downloads}>
          {results.map(([name, result]) => {
            const Sign = ICONS[name] ?? IconCode;
            return (
              <li key={name}>
                <a
                  href={result.href}
                  download={result.file_name}
                  className={classes.download}
                  onClick={(event) => {
                    if (apiKey.get() === null) return;
                    event.preventDefault();
                    downloadWithKey(result.href, result.file_name).catch((error: unknown) =>
                      toastFailed(common('done.failed'), words(error).title),
                    );
                  }}
                >
                  <Sign size={20} stroke={1.6} aria-hidden />
                  <span>{common(`format.${name}`, { defaultValue: name })}</span>
                  <Text component="span" size="xs" c="dimmed" className="numbers">
                    {format.bytes(result.size)}
                  </Text>
                </a>
              </li>
            );
          })}
        </ul>
      )}
    </Panel>
  );
}
