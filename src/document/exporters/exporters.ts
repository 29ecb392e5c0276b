import { altoExporter } from './alto.exporter.js';
import type { ExportFormat, Exporter } from './exporter.js';
import { hocrExporter } from './hocr.exporter.js';
import { jsonExporter } from './json.exporter.js';
import { mdExporter } from './md.exporter.js';
import { tsvExporter } from './tsv.exporter.js';
import { txtExporter } from './txt.exporter.js';

/** All exporters by format. A new format is a file of its own and a line here; the type names what is missing. */
export const EXPORTERS: Readonly<Record<ExportFormat, Exporter>> = {
  txt: txtExporter,
  json: jsonExporter,
  hocr: hocrExporter,
  alto: altoExporter,
  tsv: tsvExporter,
  md: mdExporter,
};

export const EXPORT_FORMATS = Object.keys(EXPORTERS) as ExportFormat[];

export function isExportFormat(format: string): format is ExportFormat {
  return Object.hasOwn(EXPORTERS, format);
}
