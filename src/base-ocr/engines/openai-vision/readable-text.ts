/** Times a line may stand in a row before it is taken for a model going round in circles. */
const MOST_REPEATS = 20;

/**
 * The text a model meant: without the code fence some put around it. Undefined when it repeats one line or one word without
 * end, as language models do that have lost the page.
 */
export function readableText(content: string): string | undefined {
  const fenced = /^\s*```[\w-]*\n([\s\S]*?)\n?```\s*$/.exec(content);
  const text = (fenced?.[1] ?? content).replaceAll('\r\n', '\n');
  const goesInCircles = repeats(text.split('\n')) || repeats(text.split(/\s+/));
  return goesInCircles ? undefined : text;
}

function repeats(parts: readonly string[]): boolean {
  let times = 1;
  for (let i = 1; i < parts.length; i++) {
    // Leaders in a table of contents and empty lines are no words.
    times = parts[i] === parts[i - 1] && /[\p{L}\p{N}]/u.test(parts[i] ?? '') ? times + 1 : 1;
    if (times > MOST_REPEATS) return true;
  }
  return false;
}
