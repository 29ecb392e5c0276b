/**
 * Puts a text on the clipboard. Browsers keep the modern way from pages that came over plain HTTP from another machine, as the
 * dashboard often does; there the selection of a hidden field is copied.
 * @returns whether it worked
 */
export async function copyText(text: string): Promise<boolean> {
  if (window.isSecureContext) {
    const written = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    if (written) return true;
  }
  const field = document.createElement('textarea');
  field.value = text;
  field.readOnly = true;
  field.style.cssText = 'position: fixed; top: 0; opacity: 0';
  const focused = document.activeElement;
  document.body.append(field);
  field.select();
  try {
    return document.execCommand('copy');
  } finally {
    field.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
