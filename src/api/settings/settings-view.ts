import { z } from 'zod';
import { leastBeside } from '../../config/setting-rules.js';
import { SECRET_SETTINGS, settingsSchema, type Settings } from '../../config/settings.js';
import { shownUrl } from '../../network/shown-url.js';
import { LIVE_SETTINGS, type LiveSetting, type LiveSettings } from '../../task-manager/live-settings.js';
import type { SettingDto, SettingValue } from '../dto/settings.dto.js';

type Name = keyof Settings;

/** What the numbers count. */
const UNITS: Readonly<Partial<Record<Name, string>>> = {
  max_concurrent_tasks: 'tasks',
  chunk_size: 'pages',
  chunk_timeout: 'seconds',
  throttle_interval: 'seconds',
  completed_task_retention: 'hours',
  log_max_size_mb: 'megabytes',
  log_max_files: 'files',
  log_rotate_days: 'days',
  store_cache_mb: 'megabytes',
  database_pool_size: 'connections',
  text_chunk_size: 'pages',
  max_queued_tasks: 'tasks',
  max_attempts: 'attempts',
  retry_backoff: 'seconds',
  retry_backoff_max: 'seconds',
  node_heartbeat: 'seconds',
  node_lease: 'seconds',
  poll_interval: 'seconds',
  shutdown_grace: 'seconds',
  sweep_interval: 'seconds',
  ocr_slots: 'pages',
  engine_max_pages: 'pages',
  engine_max_memory_mb: 'megabytes',
  page_timeout: 'seconds',
  default_dpi: 'dots per inch',
  remote_slots: 'requests',
  remote_timeout: 'seconds',
  document_ai_batch_pages: 'pages',
  document_ai_batch_timeout: 'seconds',
  webhook_timeout: 'seconds',
  webhook_retry_hours: 'hours',
  max_upload_mb: 'megabytes',
  max_pages: 'pages',
  max_page_pixels: 'pixels',
  url_timeout: 'seconds',
  socket_buffer_kb: 'kilobytes',
};

/** What the schema says of each setting: its bounds and its description. */
const PROPERTIES = z.toJSONSchema(settingsSchema, { unrepresentable: 'any' }).properties as Record<
  Name,
  { description?: string; minimum?: number; maximum?: number }
>;

/** Every setting as it stands in this process, in the order of the documentation. Values of secrets are left out. */
export function settingsView(settings: Settings, live: LiveSettings): SettingDto[] {
  return (Object.keys(settingsSchema.shape) as Name[]).map((name) => {
    const { description = '', minimum, maximum } = PROPERTIES[name];
    const isLive = (LIVE_SETTINGS as readonly string[]).includes(name);
    const isSecret = SECRET_SETTINGS.has(name);
    const configured = isSecret ? null : shown(settings[name]);
    return {
      name,
      value: isLive ? live.value(name as LiveSetting) : configured,
      default: isSecret ? null : shown(settingsSchema.shape[name].safeParse(undefined).data),
      configured,
      description,
      live: isLive,
      ...(isSecret ? { secret: true } : {}),
      unit: UNITS[name],
      // A value between the two would be refused, too.
      minimum: minimum === undefined ? undefined : Math.max(minimum, leastBeside(settings, name) ?? minimum),
      maximum,
    };
  });
}

/** Addresses may carry a name and a password, or a key in their query: those are secrets too. */
function shown(value: string | number | boolean | readonly string[] | undefined): SettingValue {
  if (typeof value !== 'string' || !/^https?:/i.test(value) || !URL.canParse(value)) return value ?? null;
  return shownUrl(value);
}
