import { PageHeader } from '~/components/PageHeader';

export function Submit() {
  return <PageHeader title="submit" />;
}
