import { isFailedPage, type Exporter } from './exporter.js';

/** `docs/schema/result.schema.json` describes it; the number grows with every change that could break a reader. */
export const JSON_FORMAT_VERSION = 1;

/** One JSON document: the facts, the pages one a line, and the failed pages last. */
export const jsonExporter: Exporter = {
  format: 'json',
  contentType: 'application/json; charset=utf-8',
  extension: 'json',
  separator: ',\n',
  head: (facts) => `${JSON.stringify({ version: JSON_FORMAT_VERSION, ...facts }).slice(0, -1)},"pages":[\n`,
  page: (page) => (isFailedPage(page) ? null : JSON.stringify(page)),
  tail: (failed) => {
    const told = failed.map(({ page, code, phase, message }) => ({ page, code, phase, message }));
    return `\n],"failed_pages":${JSON.stringify(told)}}\n`;
  },
};
