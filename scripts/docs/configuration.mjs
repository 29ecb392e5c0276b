// docs/configuration.md, made from the settings' schema.
import { toJSONSchema } from 'zod';

const { settingsSchema, SECRET_SETTINGS } = await import('../../dist/src/config/settings.js');
const { CONFIG_FILE, variableOf } = await import('../../dist/src/config/load-settings.js');

/** The sections of the page, each with the first setting that belongs to it. */
const SECTIONS = {
  max_concurrent_tasks: 'The five everybody asks for',
  host: 'Where it listens',
  data_dir: 'Where things lie',
  database_url: 'The database',
  max_queued_tasks: 'The queue',
  default_language: 'OCR',
  webhook_url: 'Webhooks',
  max_upload_mb: 'Limits',
};

const INTRODUCTION = `<!-- Made by \`npm run docs\` from src/config/settings.ts. Change it there. -->

# Configuration

Every setting has one name. As an environment variable it is \`OCR_\` and the name in capitals (\`DATABASE_URL\` apart, which carries
the name everybody gives it); in the file \`${CONFIG_FILE}\` it stands as it is:

\`\`\`yaml
# ${CONFIG_FILE}, in the working directory; OCR_CONFIG names another file
max_concurrent_tasks: 5
chunk_size: 10
input_roots:
  - /srv/scans
  - /srv/inbox
\`\`\`

What the command line says comes first, then the environment, then the file, then the default. A wrong value, or a name that
is no setting, stops the start with exit code 78 and a message that names it. Relative folders start at the working directory.
Lists are YAML lists, or one text with commas between the items. **Secret** settings are kept out of the logs; leave them to the
environment rather than to a file that is shared.

The \`ocr-queue\` command, where it talks to a server, takes \`OCR_URL\` (default \`http://127.0.0.1:8000\`) and \`OCR_API_KEY\` from the
environment; \`--url\` and \`--api-key\` come before them.
`;

/** The page as Markdown. @throws when a section's first setting is gone */
export function configurationPage() {
  const { properties } = toJSONSchema(settingsSchema, { io: 'input', unrepresentable: 'any' });
  const missing = Object.keys(SECTIONS).filter((name) => !(name in properties));
  if (missing.length > 0)
    throw new Error(`scripts/docs/configuration.mjs begins a section with ${missing}, which is no setting.`);
  let page = INTRODUCTION;
  for (const [name, property] of Object.entries(properties)) {
    if (name in SECTIONS)
      page += `\n## ${SECTIONS[name]}\n\n| setting | environment | type | default | what it does |\n| --- | --- | --- | --- | --- |\n`;
    page += `| ${[`\`${name}\``, `\`${variableOf(name)}\``, typeOf(name, property), defaultOf(name, property), descriptionOf(name, property)].join(' | ')} |\n`;
  }
  return page;
}

function typeOf(name, property) {
  if (property.enum !== undefined) return property.enum.map((value) => `\`${value}\``).join(', ');
  if (property.type === 'integer') return `whole number, ${bounds(property)}`;
  if (property.type === 'number') return `number, ${bounds(property)}`;
  if (property.anyOf?.some((each) => each.type === 'array')) return 'list';
  if (property.type?.includes('boolean')) return '`true`, `false`';
  if (property.type === 'string') return 'text';
  throw new Error(`scripts/docs/configuration.mjs does not know the type of ${name}.`);
}

function bounds({ minimum, maximum }) {
  return `${minimum} to ${maximum}`;
}

/** The default, unless it depends on the machine: then the description says it in words ("Default: ..."). */
function defaultOf(name, property) {
  if (property.description.includes('Default:')) return 'see there';
  const { data } = settingsSchema.shape[name].safeParse(undefined);
  if (data === undefined) return 'unset';
  if (Array.isArray(data)) return data.length === 0 ? 'empty' : `\`${data.join(',')}\``;
  return `\`${data}\``;
}

function descriptionOf(name, { description }) {
  const text = description.replaceAll('|', '\\|');
  return SECRET_SETTINGS.has(name) ? `**Secret.** ${text}` : text;
}
