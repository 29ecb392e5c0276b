import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '~/components/PageHeader';

const route = getRouteApi('/tasks/$taskId/pages/$page');

/** The diagnosis of one page: its image beside its text. */
export function PageViewer() {
  const { t } = useTranslation('page');
  const { page } = route.useParams();
  return <PageHeader title={t('title', { page })} />;
}
