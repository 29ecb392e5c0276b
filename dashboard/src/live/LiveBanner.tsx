import { Button, Group, Text } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { liveSocket, useConnection, useNow } from './live';
import classes from './LiveBanner.module.css';

/** How long a loss may last before it is told: most are over by then. */
const PATIENCE_MS = 1500;

/** Tells that the connection to the server is lost, and when it will be tried again. Not while the app asks for a key. */
export function LiveBanner() {
  const { t } = useTranslation();
  const connection = useConnection();
  const lost = useLostFor(connection.state === 'connecting' || connection.state === 'waiting', PATIENCE_MS);
  const now = useNow(lost ? 500 : 60_000);
  if (!lost) return null;
  const seconds = connection.state === 'waiting' ? Math.max(1, Math.ceil((connection.retryAt - now) / 1000)) : 0;

  return (
    <div className={classes.banner} role="status">
      <Group gap="sm" justify="center">
        <IconPlugConnectedX size={18} aria-hidden />
        <Text size="sm" fw={520}>
          {t('live.lost')}
        </Text>
        <Text size="sm" className="numbers" aria-hidden>
          {seconds === 0 ? t('live.trying') : t('live.retryIn', { count: seconds })}
        </Text>
        <Button size="compact-sm" variant="default" onClick={liveSocket.retryNow} disabled={seconds === 0}>
          {t('live.retryNow')}
        </Button>
      </Group>
    </div>
  );
}

/** True once `lost` has been true for so long. */
function useLostFor(lost: boolean, patienceMs: number): boolean {
  const [told, setTold] = useState(false);
  useEffect(() => {
    if (!lost) return setTold(false);
    const timer = setTimeout(() => setTold(true), patienceMs);
    return () => clearTimeout(timer);
  }, [lost, patienceMs]);
  return told;
}
