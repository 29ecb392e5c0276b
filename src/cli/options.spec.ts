import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { OPTION_NAMES, retrySchema, submitSchema } from '../api/requests/submit-request.js';
import { deliveryOf, readingOf, treatmentOf, withDelivery, withReading, withTreatment } from './options.js';

const READING = words(`-l eng+fra -f pdf,txt --mode redo --dpi 300 --password geheim --provider tesseract
  --fallback document_ai,textract --preprocess invert,contrast --no-preprocess deskew
  --no-second-look --no-cache --rotate-pages --deskew --optimize`);
const TREATMENT = words('--priority high --pages 1-3 --chunk-size 4 --text-chunk-size 40 --tenant acme --metadata {"case":7}');
const DELIVERY = words('--output-path done --webhook-url https://me.example/ --webhook-events task.failed');

function words(line: string): string[] {
  return line.split(/\s+/);
}

function said(command: Command, args: readonly string[]): object {
  return command.exitOverride().parse(args, { from: 'user' }).opts();
}

describe('the options of the command', () => {
  it('say all of a document that the API takes', () => {
    const all = said(withDelivery(withTreatment(new Command())), [...READING, ...TREATMENT, ...DELIVERY]);
    const { options, ...rest } = treatmentOf(all);
    const asked = { ...options, ...deliveryOf(all) };
    expect(Object.keys(asked).toSorted()).toEqual(OPTION_NAMES.toSorted());
    expect(submitSchema.parse({ document_path: 'a.pdf', options: asked, ...rest })).toMatchObject({
      priority: 'HIGH',
      tenant: 'acme',
      metadata: { case: 7 },
      options: {
        provider_fallback: ['document_ai', 'textract'],
        preprocess: { invert: true, contrast: true, deskew: false },
        second_look: false,
        cache: false,
        rotate_pages: true,
        deskew: true,
        text_chunk_size: 40,
      },
    });
  });

  it('say all of a retry that the API takes', () => {
    const all = said(withDelivery(withReading(new Command())), [...READING, ...DELIVERY]);
    const options = { ...readingOf(all), ...deliveryOf(all) };
    const known = Object.keys(retrySchema.shape.options.unwrap().shape);
    expect(Object.keys(options).toSorted()).toEqual(known.toSorted());
    expect(retrySchema.safeParse({ options })).toMatchObject({ success: true });
  });

  it('leave to the server what they do not name', () => {
    const { options, ...rest } = treatmentOf(said(withTreatment(new Command()), []));
    expect(Object.values({ ...options, ...rest }).filter((value) => value !== undefined)).toEqual([]);
  });
});
