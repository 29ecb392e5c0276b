import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './app/global.css';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import { queryClient } from './app/query-client';
import { loadAllViews } from './app/router';
import './i18n/i18n';
import { liveSocket } from './live/live';
import { LiveMerge } from './live/merge';
import { taskRows } from './live/shown-rows';

/** Milliseconds after which the other views are fetched: the one that was opened comes first. */
const OTHER_VIEWS_AFTER = 1500;

liveSocket.onMessage(new LiveMerge(queryClient, taskRows).hear);
liveSocket.start();

createRoot(document.getElementById('root')!).render(<App />);
setTimeout(loadAllViews, OTHER_VIEWS_AFTER);
