import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

/** The product's own colour, from pale to deep. Shade 6 (light) and 4 (dark) are what text and controls are painted with. */
const ink: MantineColorsTuple = [
  '#eef0fd',
  '#dbdff8',
  '#b6bdf0',
  '#8f9be8',
  '#7d8bf0',
  '#5a69d8',
  '#4353c4',
  '#3645a8',
  '#2c398c',
  '#232d70',
];

/** Cool grays, so that surfaces, lines and text are of one family. */
const gray: MantineColorsTuple = [
  '#f7f8fb',
  '#eff1f6',
  '#e3e6ee',
  '#d2d7e2',
  '#b4bbca',
  '#8b94a7',
  '#5c667b',
  '#454e62',
  '#2c3444',
  '#181d29',
];

const dark: MantineColorsTuple = [
  '#d7dbe6',
  '#a9b1c3',
  '#8d96ab',
  '#5b6479',
  '#3a4254',
  '#2b3241',
  '#1f2531',
  '#181d27',
  '#12161e',
  '#0c0f15',
];

export const theme = createTheme({
  primaryColor: 'ink',
  primaryShade: { light: 6, dark: 5 },
  colors: { ink, gray, dark },
  fontFamily: "'Inter Variable', 'Inter Fallback', system-ui, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'Cascadia Code', 'DejaVu Sans Mono', Menlo, Consolas, monospace",
  headings: { fontFamily: "'Inter Variable', 'Inter Fallback', system-ui, sans-serif", fontWeight: '650' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 'lg' } },
    Tooltip: { defaultProps: { openDelay: 300, events: { hover: true, focus: true, touch: false } } },
    Menu: { defaultProps: { shadow: 'md', radius: 'md' } },
    Modal: { defaultProps: { centered: true, radius: 'lg', transitionProps: { duration: 120 } } },
  },
});

/** Text of second rank and faint lines with the contrast WCAG AA asks for, and the colours of states and charts. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#f7f8fb',
    '--mantine-color-text': '#181d29',
    '--mantine-color-dimmed': '#5c667b',
    '--mantine-color-placeholder': '#6b7488',
    '--mantine-color-anchor': '#3645a8',
    '--mantine-color-default-border': '#d9dde7',
    '--mantine-color-error': '#c02638',
    '--surface': '#ffffff',
    '--surface-raised': '#ffffff',
    '--surface-sunken': '#f1f3f8',
    '--line': '#e3e6ee',
    '--state-queued': '#5c667b',
    '--state-running': '#4353c4',
    '--state-paused': '#96690a',
    '--state-completed': '#0f7a55',
    '--state-completed_with_errors': '#b3520b',
    '--state-failed': '#c02638',
    '--state-cancelled': '#6b7488',
    '--good': '#bfe8d4',
    '--fair': '#f6e3a1',
    '--poor': '#f7c79b',
    '--bad': '#d43c4d',
  },
  dark: {
    '--mantine-color-body': '#0f131a',
    '--mantine-color-text': '#e4e8f1',
    '--mantine-color-dimmed': '#a2abbe',
    '--mantine-color-placeholder': '#8d96ab',
    '--mantine-color-anchor': '#a5b0f7',
    '--mantine-color-default-border': '#323a4a',
    '--mantine-color-error': '#ff8a94',
    '--surface': '#171c26',
    '--surface-raised': '#1d2330',
    '--surface-sunken': '#11151d',
    '--line': '#272e3c',
    '--state-queued': '#a9b1c3',
    '--state-running': '#95a2f8',
    '--state-paused': '#e2b44a',
    '--state-completed': '#52cf9f',
    '--state-completed_with_errors': '#f59b53',
    '--state-failed': '#ff7f8b',
    '--state-cancelled': '#8d96ab',
    '--good': '#1d5a44',
    '--fair': '#665715',
    '--poor': '#73441c',
    '--bad': '#b32f40',
  },
});
