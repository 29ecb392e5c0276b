import { z } from 'zod';
import { optionsSchema } from './submit-request.js';

const { ocr_provider, language, mode, dpi, preprocess, second_look } = optionsSchema.shape;

/** Body of `POST /api/ocr/tasks/{task_id}/pages/{page}/readings`. What is left out is as in the task. */
export const readingSchema = z.strictObject({ provider: ocr_provider, language, mode, dpi, preprocess, second_look });

export type ReadingRequest = z.output<typeof readingSchema>;
