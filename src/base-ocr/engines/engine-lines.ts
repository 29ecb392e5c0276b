import type { EngineBlock, EngineLine } from './ocr-engine.js';

/** The lines an engine found, in reading order. */
export function linesOf(blocks: readonly EngineBlock[]): EngineLine[] {
  return blocks.flatMap((block) => block.paragraphs).flatMap((paragraph) => paragraph.lines);
}
