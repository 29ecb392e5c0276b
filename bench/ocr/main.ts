/**
 * `npm run bench:ocr`: whole documents through the queue against OCRmyPDF, and against the engines alone on ready page images.
 * Needs `ocrmypdf` and `tesseract` on the machine, and a built server. `-- --only scan,digital,scale,first-page,memory`,
 * `-- --pages 20`, `-- --rounds 3`, `-- --scale 20,200,2000`; `-- --tessdata /usr/share/tesseract-ocr/5/tessdata` reads the scan and the mixed document with other language
 * data than the product brings: with those OCRmyPDF reads with, say. `-- --packed colour` scans in colour; `-- --contenders optimize` leaves
 * those of the scan's contenders away whose names do not have the word.
 */
import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { Bench } from './bench.js';
import { measureDigital } from './digital.js';
import { measureMemory } from './memory.js';
import { measureFirstPage, measureScale } from './scale.js';
import { measureScan } from './scan.js';

const { values } = parseArgs({
  options: {
    pages: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
    scale: { type: 'string', default: '20,200,2000' },
    tessdata: { type: 'string' },
    packed: { type: 'string', default: 'gray' },
    contenders: { type: 'string' },
    only: { type: 'string', default: 'scan,digital,scale,first-page,memory' },
  },
});
const wanted = values.only.split(',');
const firstLine = (program: string) => execFileSync(program, ['--version'], { encoding: 'utf8' }).split('\n')[0]!;
const bench = await Bench.start();
try {
  console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, PostgreSQL ${await bench.postgres.version()}`);
  console.log(`OCRmyPDF ${firstLine('ocrmypdf')}, ${firstLine('tesseract')}`);
  if (wanted.includes('scan')) {
    await measureScan(bench, {
      count: Number(values.pages),
      rounds: Number(values.rounds),
      data: values.tessdata,
      packed: values.packed === 'colour' ? 'colour' : 'gray',
      contenders: values.contenders?.split(','),
    });
  }
  if (wanted.includes('digital')) await measureDigital(bench, Number(values.rounds), values.tessdata);
  if (wanted.includes('first-page')) await measureFirstPage(bench);
  if (wanted.includes('memory')) await measureMemory(bench);
  if (wanted.includes('scale')) await measureScale(bench, values.scale.split(',').map(Number));
} finally {
  await bench.stop();
}
