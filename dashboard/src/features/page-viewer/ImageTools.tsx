import { ActionIcon, Tooltip } from '@mantine/core';
import { IconArrowAutofitWidth, IconMinus, IconPlus, IconRotateClockwise, IconZoomScan, type Icon } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '~/i18n/format';
import classes from './PageImage.module.css';
import type { Zoom } from './page-search';

interface ImageToolsProps {
  zoom: Zoom;
  percent: number;
  onZoom: (zoom: Zoom) => void;
  onStep: (direction: 1 | -1) => void;
  onTurn: () => void;
}

/** Zooming and turning the page. */
export function ImageTools({ zoom, percent, onZoom, onStep, onTurn }: ImageToolsProps) {
  const { t } = useTranslation('page');
  const format = useFormat();
  return (
    <div className={classes.tools} role="toolbar" aria-label={t('image.tools')}>
      <Tool Icon={IconMinus} label={t('image.zoomOut')} keys="-" onClick={() => onStep(-1)} />
      <Tooltip label={t('image.actualSize')}>
        <button type="button" className={classes.percent} onClick={() => onZoom(100)} aria-label={t('image.actualSize')}>
          {format.percent(percent / 100)}
        </button>
      </Tooltip>
      <Tool Icon={IconPlus} label={t('image.zoomIn')} keys="+" onClick={() => onStep(1)} />
      <span className={classes.divider} aria-hidden />
      <Tool
        Icon={IconArrowAutofitWidth}
        label={t('image.fitWidth')}
        keys="f"
        pressed={zoom === 'width'}
        onClick={() => onZoom('width')}
      />
      <Tool Icon={IconZoomScan} label={t('image.fitPage')} keys="f" pressed={zoom === 'page'} onClick={() => onZoom('page')} />
      <Tool Icon={IconRotateClockwise} label={t('image.turn')} keys="r" onClick={onTurn} />
    </div>
  );
}

interface ToolProps {
  Icon: Icon;
  label: string;
  keys: string;
  pressed?: boolean;
  onClick: () => void;
}

function Tool({ Icon: Sign, label, keys, pressed, onClick }: ToolProps) {
  return (
    <Tooltip label={`${label} (${keys})`}>
      <ActionIcon
        variant={pressed === true ? 'light' : 'subtle'}
        color={pressed === true ? 'ink' : 'gray'}
        aria-label={label}
        aria-pressed={pressed}
        onClick={onClick}
      >
        <Sign size={18} stroke={1.8} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
