import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Task } from '~/api/types';
import { curlOf, quoted } from './curl';

describe('quoted', () => {
  it.each(['plain', "it's", 'a \'b\' $HOME `c` \\ "d"', '{"pages":"1-3"}'])('gives %j to a shell as one word', (text) => {
    expect(execFileSync('sh', ['-c', `printf %s ${quoted(text)}`]).toString()).toBe(text);
  });
});

describe('curlOf', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('asks for the provider that was asked for, not for who stands in for it', () => {
    const task = {
      source: { kind: 'path', path: 'a.pdf' },
      options: { ocr_provider: 'tesseract', requested_provider: 'document_ai', chunk_size: 5 },
      priority: 'NORMAL',
      metadata: {},
      name: 'a.pdf',
      results: {},
      links: { self: '/api/ocr/tasks/1' },
    } as unknown as Task;
    vi.stubGlobal('sessionStorage', { getItem: () => null });
    const { command } = curlOf(task, 'http://host')[0]!;
    const body = JSON.parse(/-d '([^']*)'/.exec(command)![1]!) as { options: unknown };
    expect(body.options).toEqual({ ocr_provider: 'document_ai', chunk_size: 5 });
  });
});
