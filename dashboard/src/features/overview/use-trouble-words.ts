import { useTranslation } from 'react-i18next';
import type { AttentionItem } from '~/api/types';
import { useErrorWords } from '~/i18n/error-words';
import { useFormat } from '~/i18n/format';
import { useProviderName } from '~/i18n/names';

/** Says in the user's words why a task needs attention, as of `now`. */
export function useTroubleWords(): (item: AttentionItem, now: number) => string {
  const { t } = useTranslation('overview');
  const { t: common } = useTranslation();
  const format = useFormat();
  const providerName = useProviderName();
  const words = useErrorWords();

  const stalled = ({ cause, until, since, error, provider, losses }: AttentionItem, now: number): string => {
    const again = until === null ? '' : ` ${t('attention.again', { time: format.duration(secondsTo(until, now)) })}`;
    switch (cause) {
      case 'provider_down':
        return t('attention.cause.provider_down', { provider: provider === null ? '' : providerName(provider) }) + again;
      case 'backing_off':
        return `${error === null ? t('attention.cause.backing_off') : `${words(error).title}.`}${again}`;
      case 'lost':
        return t('attention.cause.lost', { count: losses ?? 1 });
      case 'no_worker':
        return t('attention.cause.no_worker');
      case 'paused':
      case 'no_progress':
        return t(`attention.cause.${cause}`, { time: format.duration(secondsTo(now, since)) });
      case null:
        return '';
    }
  };

  return (item, now) => {
    const { kind, task, confidence, doubtful_pages: doubtful } = item;
    if (kind === 'stalled') return stalled(item, now);
    if (kind === 'low_confidence') {
      const sure = format.percent((confidence ?? 0) / 100);
      return t('attention.doubtful', { count: doubtful ?? 0, sure });
    }
    return task.error !== null ? words(task.error).title : common('progress.failed', { count: task.pages.failed });
  };
}

/** Whole seconds from a moment to a later one, no fewer than one. */
function secondsTo(later: string | number, earlier: string | number): number {
  return Math.max(1, Math.round((new Date(later).getTime() - new Date(earlier).getTime()) / 1000));
}
