import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { quoted } from './curl';

describe('quoted', () => {
  it.each(['plain', "it's", 'a \'b\' $HOME `c` \\ "d"', '{"pages":"1-3"}'])('gives %j to a shell as one word', (text) => {
    expect(execFileSync('sh', ['-c', `printf %s ${quoted(text)}`]).toString()).toBe(text);
  });
});
