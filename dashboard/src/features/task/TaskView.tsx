import { PageHeader } from '~/components/PageHeader';

export function TaskView() {
  return <PageHeader title="task" />;
}
