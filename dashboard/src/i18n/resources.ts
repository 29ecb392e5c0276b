import { bindPunctuation } from './bind-punctuation';
import enCommon from './en/common.json';
import enErrors from './en/errors.json';
import enOverview from './en/overview.json';
import enPage from './en/page.json';
import enSettings from './en/settings.json';
import enSubmit from './en/submit.json';
import enTask from './en/task.json';
import enTasks from './en/tasks.json';
import frCommon from './fr/common.json';
import frDescriptions from './fr/descriptions.json';
import frErrors from './fr/errors.json';
import frOverview from './fr/overview.json';
import frPage from './fr/page.json';
import frSettings from './fr/settings.json';
import frSubmit from './fr/submit.json';
import frTask from './fr/task.json';
import frTasks from './fr/tasks.json';

/** All words of the dashboard, a namespace for each feature. A spec sees to it that every language has every key. */
export const en = {
  common: enCommon,
  errors: enErrors,
  overview: enOverview,
  page: enPage,
  settings: enSettings,
  submit: enSubmit,
  task: enTask,
  tasks: enTasks,
};

export const fr = bindPunctuation({
  common: frCommon,
  /** What the settings do. In English that is the server's own to say. */
  descriptions: frDescriptions,
  errors: frErrors,
  overview: frOverview,
  page: frPage,
  settings: frSettings,
  submit: frSubmit,
  task: frTask,
  tasks: frTasks,
});
