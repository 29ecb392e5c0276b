/** How a document was damaged, so that a failing variant can be made again. */
export interface Damage {
  kind: 'truncated' | 'flipped' | 'spliced' | 'zeroed' | 'renumbered';
  seed: number;
}

export const KINDS: readonly Damage['kind'][] = ['truncated', 'flipped', 'spliced', 'zeroed', 'renumbered'];

/** `count` different damages, each kind in turn. */
export function damages(count: number, firstSeed = 1): Damage[] {
  return Array.from({ length: count }, (_, i) => ({ kind: KINDS[i % KINDS.length] ?? 'flipped', seed: firstSeed + i }));
}

/** The document as the damage leaves it; the same seed always leaves the same. */
export function damaged(document: Buffer, { kind, seed }: Damage): Buffer {
  const random = generator(seed);
  const at = () => Math.floor(random() * document.length);
  const copy = Buffer.from(document);
  switch (kind) {
    case 'truncated':
      return copy.subarray(0, at());
    case 'flipped': {
      // few bits, or very many
      const flips = 1 + Math.floor(2 ** (random() * 12));
      for (let i = 0; i < flips; i++) copy[at()] ^= 1 << Math.floor(random() * 8);
      return copy;
    }
    case 'spliced': {
      // a stretch of it in another place, the rest moved along
      const [from, to] = [at(), at()];
      const stretch = document.subarray(from, from + Math.floor(random() * 4096));
      return Buffer.concat([document.subarray(0, to), stretch, document.subarray(to)]);
    }
    case 'zeroed': {
      const from = at();
      return copy.fill(0, from, Math.min(copy.length, from + 1 + Math.floor(random() * 8192)));
    }
    case 'renumbered':
      return withOtherNumbers(copy, random);
  }
}

/** Some of its decimal numbers become others of the same length: lengths, offsets, sizes and references go wrong, the syntax stays. */
function withOtherNumbers(document: Buffer, random: () => number): Buffer {
  const changes = 1 + Math.floor(random() * 20);
  for (let i = 0; i < changes; i++) {
    const start = Math.floor(random() * document.length);
    for (let at = start, left = 4096; left > 0 && at < document.length; at++, left--) {
      const byte = document[at] ?? 0;
      if (byte < 0x30 || byte > 0x39) continue;
      document[at] = 0x30 + Math.floor(random() * 10);
      if (random() < 0.3) break;
    }
  }
  return document;
}

/** Mulberry32: small, seeded, good enough to break things with. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
