import { PageHeader } from '~/components/PageHeader';

export function Overview() {
  return <PageHeader title="overview" />;
}
