import { VisuallyHidden } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useConnection } from './live';
import classes from './LiveBanner.module.css';

/** A dot that says whether what is shown is live. */
export function LiveBadge({ compact = false }: { compact?: boolean }) {
  const { t } = useTranslation();
  const { state } = useConnection();
  const words = t(state === 'open' ? 'live.live' : 'live.connecting');
  return (
    <span className={classes.badge} data-state={state} title={words}>
      <span className={classes.dot} aria-hidden />
      {compact ? <VisuallyHidden>{words}</VisuallyHidden> : words}
    </span>
  );
}
