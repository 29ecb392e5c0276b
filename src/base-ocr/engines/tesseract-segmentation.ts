import type { Segmentation } from './ocr-engine.js';

/** Tesseract's page segmentation modes: 3, fully automatic (the library's own default is one block); 11, sparse text. */
export const PAGE_SEGMENTATION: Readonly<Record<Segmentation, string>> = { auto: '3', scattered: '11' };
