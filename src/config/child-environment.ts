/**
 * The environment a helper program is started with: ours, without the product's own settings, which may hold secrets.
 * `extra` is added on top.
 */
export function childEnvironment(
  extra: Readonly<Record<string, string>> = {},
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const passed = Object.entries(env).filter(([name]) => !name.startsWith('OCR_') && name !== 'DATABASE_URL');
  return { ...Object.fromEntries(passed), ...extra };
}
