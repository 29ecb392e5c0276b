import { useTranslation } from 'react-i18next';
import { isUnderWay, useUploads } from './uploads';
import classes from './UploadBadge.module.css';

/** How many files are still on their way, beside the way to them. */
export function UploadBadge() {
  const { t } = useTranslation('submit');
  const count = useUploads().filter(isUnderWay).length;
  if (count === 0) return null;
  return (
    <span className={classes.badge} title={t('uploads.underWay', { count })}>
      {count}
    </span>
  );
}
