import { AppShell, Group } from '@mantine/core';
import { IconFileUpload, IconLayoutDashboard, IconListDetails, IconSettings } from '@tabler/icons-react';
import { Link, Outlet, useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { LiveBanner } from '~/live/LiveBanner';
import { LiveBadge } from '~/live/LiveBadge';
import { UploadBadge } from '~/features/submit/UploadBadge';
import { CONTENT_ID, keepFocus } from '~/components/keep-focus';
import { Preferences } from './Preferences';
import { ShortcutsSheet } from './ShortcutsSheet';
import classes from './Shell.module.css';

const VIEWS = [
  { to: '/', key: 'overview', Icon: IconLayoutDashboard },
  { to: '/tasks', key: 'tasks', Icon: IconListDetails },
  { to: '/submit', key: 'submit', Icon: IconFileUpload },
  { to: '/settings', key: 'settings', Icon: IconSettings },
] as const;

/** The frame of every view: navigation at the side, or at the foot of narrow screens. */
export function Shell() {
  const { t } = useTranslation();
  const router = useRouter();
  useEffect(
    () =>
      router.subscribe('onRendered', ({ fromLocation, pathChanged }) => {
        if (fromLocation !== undefined && pathChanged) keepFocus();
      }),
    [router],
  );
  return (
    <AppShell
      padding={0}
      navbar={{ width: 224, breakpoint: 'sm', collapsed: { mobile: true } }}
      header={{ height: { base: 52, sm: 0 } }}
      footer={{ height: { base: 60, sm: 0 } }}
    >
      <a className={classes.skip} href={`#${CONTENT_ID}`}>
        {t('skipToContent')}
      </a>
      <AppShell.Header hiddenFrom="sm" className={classes.header}>
        <Brand />
        <Group gap={4}>
          <LiveBadge compact />
          <Preferences />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={classes.navbar} aria-label={t('nav.label')}>
        <Brand />
        <div className={classes.links}>
          {VIEWS.map(({ to, key, Icon }) => (
            <Link key={to} to={to} className={classes.link} activeOptions={{ exact: to === '/', includeSearch: false }}>
              <Icon size={19} stroke={1.7} aria-hidden />
              <span>{t(`nav.${key}`)}</span>
              {key === 'submit' && <UploadBadge />}
            </Link>
          ))}
        </div>
        <div className={classes.foot}>
          <LiveBadge />
          <Preferences />
        </div>
      </AppShell.Navbar>
      <AppShell.Main id={CONTENT_ID} tabIndex={-1} className={classes.main}>
        <LiveBanner />
        <div className={classes.content}>
          <Outlet />
        </div>
      </AppShell.Main>
      <AppShell.Footer hiddenFrom="sm" className={classes.footer}>
        <nav className={classes.tabs} aria-label={t('nav.label')}>
          {VIEWS.map(({ to, key, Icon }) => (
            <Link key={to} to={to} className={classes.tab} activeOptions={{ exact: to === '/', includeSearch: false }}>
              <Icon size={21} stroke={1.7} aria-hidden />
              <span>{t(`nav.${key}`)}</span>
            </Link>
          ))}
        </nav>
      </AppShell.Footer>
      <ShortcutsSheet />
    </AppShell>
  );
}

function Brand() {
  return (
    <Link to="/" className={classes.brand} aria-label="OCR Queue">
      <img src="/icon.svg" width={28} height={28} alt="" />
      <span aria-hidden>OCR Queue</span>
    </Link>
  );
}
