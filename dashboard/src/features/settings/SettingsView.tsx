import { PageHeader } from '~/components/PageHeader';

export function SettingsView() {
  return <PageHeader title="settings" />;
}
