import { PageHeader } from '~/components/PageHeader';

export function Tasks() {
  return <PageHeader title="tasks" />;
}
