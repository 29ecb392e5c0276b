/** The commonest short words of languages, without those several of them share. */
const COMMON_WORDS: Readonly<Record<string, readonly string[]>> = {
  eng: 'the of and to that is was for with as it be by this from at which or have are not but his they you were been'.split(' '),
  fra: 'le les des et une du est que dans qui pour pas sur avec par au aux ce cette sont ou nous vous elle leur mais été être'.split(
    ' ',
  ),
  deu: 'der die und das den von zu mit sich dem nicht ein eine auf ist auch wird werden bei nach aus durch wie oder über für'.split(
    ' ',
  ),
  spa: 'el los las del y que en una por con para su es al lo como más pero sus fue esta ha hay también este'.split(' '),
  ita: 'il lo gli di che è per della con sono nel alla dei una delle più come si anche questo ma ha le nella dal'.split(' '),
  por: 'o os das dos do da em um uma não com para por que se na no mais foi como ao é são também pelo'.split(' '),
  nld: 'het een van en dat op te zijn voor met niet aan er om ook als bij maar door naar deze uit worden wordt'.split(' '),
};

/** Common words found before a guess is worth telling. */
const ENOUGH = 8;
/** How far the guess must lead over every other language. */
const LEAD = 1.6;

/** The language most of the common words of a text belong to (`fra`), or null when they do not say. */
export function guessLanguage(words: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word.toLowerCase(), (counts.get(word.toLowerCase()) ?? 0) + 1);
  const [best, second] = Object.entries(COMMON_WORDS)
    .map(([language, common]) => ({ language, hits: common.reduce((sum, word) => sum + (counts.get(word) ?? 0), 0) }))
    .toSorted((a, b) => b.hits - a.hits);
  return best!.hits >= ENOUGH && best!.hits >= LEAD * second!.hits ? best!.language : null;
}
