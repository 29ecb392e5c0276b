import { useState } from 'react';
import type { Format, Mode, Priority } from '~/api/types';

/** Options of a task that change how its PDF looks, or is packed; none is taken unless it is chosen. */
export const PDF_CHANGES = ['rotate_pages', 'deskew', 'optimize'] as const;
export type PdfChange = (typeof PDF_CHANGES)[number];

/** What is chosen in the form. Empty texts leave the choice to the server. */
export interface SubmitOptions {
  /** Codes as the engine has them: `fra`, `eng`. */
  languages: string[];
  priority: Priority;
  mode: Mode;
  pages: string;
  formats: Format[];
  /** What is done to the pages of the PDF itself. */
  changes: PdfChange[];
  provider: string;
  password: string;
  /** Whom the work is for. */
  tenant: string;
}

export const FIRST_OPTIONS: SubmitOptions = {
  languages: [],
  priority: 'NORMAL',
  mode: 'skip_text',
  pages: '',
  formats: ['pdf', 'txt', 'json'],
  changes: [],
  provider: '',
  password: '',
  tenant: '',
};

const PLACE = 'ocr-submit-options';
const PAGES = /^\s*\d+\s*(-\s*\d*\s*)?(,\s*\d+\s*(-\s*\d*\s*)?)*$/;

/** The same as the API takes it. */
export function toRequest(chosen: SubmitOptions = FIRST_OPTIONS) {
  const { languages, priority, mode, pages, formats, changes, provider, password, tenant } = chosen;
  const options = {
    mode,
    formats,
    ...Object.fromEntries(changes.map((change) => [change, true])),
    ...(languages.length === 0 ? {} : { language: languages.join('+') }),
    ...(pages.trim() === '' ? {} : { pages: pages.trim() }),
    ...(provider === '' ? {} : { ocr_provider: provider }),
    ...(password === '' ? {} : { password }),
  };
  return { priority, options, ...(tenant.trim() === '' ? {} : { tenant: tenant.trim() }) };
}

/** `1-3,5,9-`. Whether the pages exist shows once the document is open. */
export function arePages(pages: string): boolean {
  return pages.trim() === '' || PAGES.test(pages);
}

/** The choice, remembered for the next visit; pages and passwords belong to one document and are not, nor are tenants. */
export function useSubmitOptions(): [SubmitOptions, (part: Partial<SubmitOptions>) => void] {
  const [options, setOptions] = useState(remembered);
  const change = (part: Partial<SubmitOptions>) => {
    const next = { ...options, ...part };
    setOptions(next);
    try {
      localStorage.setItem(PLACE, JSON.stringify({ ...next, pages: '', password: '', tenant: '' }));
    } catch {
      // storage is blocked: the choice holds for this visit
    }
  };
  return [options, change];
}

function remembered(): SubmitOptions {
  try {
    const known = JSON.parse(localStorage.getItem(PLACE) ?? '{}') as Partial<SubmitOptions>;
    return { ...FIRST_OPTIONS, ...known };
  } catch {
    return FIRST_OPTIONS;
  }
}
