import type { GrayImage } from '../../document/document.types.js';

/**
 * How an engine looks for text on the image: `auto`, its usual way; `scattered`, as much of it as it finds, in no order that is certain: for
 * charts, forms and maps.
 */
export type Segmentation = 'auto' | 'scattered';

/** One page image to read, and how. */
export interface RecogniseRequest {
  readonly image: GrayImage;
  /** Languages as the caller wrote them, in tesseract's form: `fra`, `eng+fra`. */
  readonly language: string;
  /** Absent: `auto`. Only for engines that say they can be told (`segments`). */
  readonly segmentation?: Segmentation;
  /** Aborting it really stops the engine's work, within a second. */
  readonly signal: AbortSignal;
}

/** A rectangle in pixels of the image, origin top left. */
export interface PixelBox {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/** What an engine found, in pixels of the image it was given; order is reading order. Confidence 0..100. */
export interface RecogniseResponse {
  readonly blocks: readonly EngineBlock[];
}
export interface EngineBlock {
  box: PixelBox;
  paragraphs: { box: PixelBox; lines: EngineLine[] }[];
}
export interface EngineLine {
  box: PixelBox;
  words: { text: string; box: PixelBox; confidence: number }[];
}

/** Why an engine is not ready: settings are missing, its key file cannot be read, its program is not on this machine or does not read. */
export const ENGINE_PROBLEMS = ['not_configured', 'key_file_unreadable', 'not_installed', 'not_usable'] as const;

/** Why an engine cannot be asked as this machine and its settings are. */
export interface EngineProblem {
  reason_code: (typeof ENGINE_PROBLEMS)[number];
  /** The same in words. */
  reason: string;
  /** The settings it lacks; only when some are not set. */
  missing_settings?: readonly string[];
}

/** Whether an engine can work now, and with what; with its problem when it is not ready and one is known. */
export interface EngineStatus extends Partial<EngineProblem> {
  /** API name, the value of `ocr_provider`. */
  name: string;
  ready: boolean;
  version: string;
  /** Installed languages; empty when the engine takes any. */
  languages: readonly string[];
  /** Pages it reads at the same time on this node. */
  slots: number;
}

/**
 * Reads page images. One implementation per file; every one runs the conformance suite.
 *
 * Contract: `recognise` is safe to call concurrently (calls over `slots` wait); it rejects with an OcrError of code
 * `engine_failed` (bad answer, retryable or not), `engine_crashed`, `engine_unavailable` or `language_not_available`, or
 * with the signal's reason once aborted, and after any rejection the engine is ready for the next page. A bad image never
 * takes the process down. The request's image is lent: once the engine has answered it uses it no more, nor does anything it started.
 */
export interface OcrEngine {
  readonly name: string;
  /** True when `segmentation` makes a difference. */
  readonly segments?: boolean;
  status(): Promise<EngineStatus>;
  /**
   * What its readings depend on besides its version and the request: language data, the service that is asked, its model, its prompt. Two
   * that differ in nothing are the same text; it holds no secrets. Absent: nothing.
   */
  identity?(language: string): Promise<string>;
  recognise(request: RecogniseRequest): Promise<RecogniseResponse>;
  /** Stops everything the engine holds. Idempotent. */
  close(): Promise<void>;
}
