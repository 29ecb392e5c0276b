import { useFormat } from '~/i18n/format';
import { useNow } from '~/live/live';

/** A time as "2 min ago"; the exact one on hover. */
export function Ago({ at }: { at: string }) {
  const format = useFormat();
  const now = useNow(15_000);
  return (
    <time dateTime={at} title={format.full(at)}>
      {format.ago(at, Math.max(now, Date.parse(at)))}
    </time>
  );
}

/** A time of the clock; the whole date on hover. */
export function At({ at, exact = false }: { at: string; exact?: boolean }) {
  const format = useFormat();
  return (
    <time dateTime={at} title={format.full(at)} className="numbers">
      {exact ? format.exactTime(at) : format.moment(at)}
    </time>
  );
}
