import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Task } from '~/api/types';
import { PDF_CHANGES } from '~/features/submit/submit-options';
import { useProviderName } from '~/i18n/names';
import classes from './Task.module.css';

const STEPS = ['deskew', 'denoise', 'contrast', 'invert', 'remove_borders', 'binarise'] as const;

/** What a task was asked for besides what every task has, in words, with its label: only what was set. */
export function useChosenExtras(): (task: Task) => [string, ReactNode][] {
  const { t } = useTranslation('task');
  const { t: submit } = useTranslation('submit');
  const providerName = useProviderName();

  return ({ options, batch_id: batch }) => {
    const { provider_fallback: fallback = [], preprocess = {} } = options;
    const steps = STEPS.filter((step) => preprocess[step] !== undefined).map((step) =>
      t(`details.steps.${preprocess[step] === true ? 'always' : 'never'}`, { step: t(`details.step.${step}`) }),
    );
    const changes = PDF_CHANGES.filter((change) => options[change] === true).map((change) =>
      submit(`options.change.${change}.label`),
    );
    const extras: [string, string][] = [
      [t('details.fallback'), fallback.map(providerName).join(', ')],
      [t('details.preprocess'), steps.join(', ')],
      [submit('options.changes'), changes.join(', ')],
    ];
    const set: [string, ReactNode][] = extras.filter(([, words]) => words !== '');
    if (batch === null) return set;
    const all = (
      <Link key="batch" to="/tasks" search={{ batch }} className={classes.batch}>
        {batch}
      </Link>
    );
    return [...set, [t('details.batch'), all]];
  };
}
