import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Task } from '~/api/types';
import { curlOf, quoted } from './curl';

describe('quoted', () => {
  it.each(['plain', "it's", 'a \'b\' $HOME `c` \\ "d"', '{"pages":"1-3"}'])('gives %j to a shell as one word', (text) => {
    expect(execFileSync('sh', ['-c', `printf %s ${quoted(text)}`]).toString()).toBe(text);
  });
});

describe('curlOf', () => {
  beforeEach(() => vi.stubGlobal('sessionStorage', { getItem: () => null }));
  afterEach(() => vi.unstubAllGlobals());

  const taskWith = (part: object) =>
    ({
      source: { kind: 'path', path: 'a.pdf' },
      options: { ocr_provider: 'tesseract', chunk_size: 5 },
      priority: 'NORMAL',
      tenant: null,
      metadata: {},
      name: 'a.pdf',
      results: {},
      links: { self: '/api/ocr/tasks/1' },
      ...part,
    }) as unknown as Task;
  const submissionOf = (part: object) => curlOf(taskWith(part), 'http://host')[0]!;
  const bodyOf = (part: object) => JSON.parse(/-d '([^']*)'/.exec(submissionOf(part).command)![1]!) as Record<string, unknown>;

  it('asks for the provider that was asked for, not for who stands in for it', () => {
    const options = { ocr_provider: 'tesseract', requested_provider: 'document_ai', chunk_size: 5 };
    expect(bodyOf({ options }).options).toEqual({ ocr_provider: 'document_ai', chunk_size: 5 });
  });

  it('hands in for the same tenant, whatever it is called', () => {
    expect(bodyOf({ tenant: 'Durand' }).tenant).toBe('Durand');
    expect(bodyOf({})).not.toHaveProperty('tenant');
    const source = { kind: 'upload' };
    const told = execFileSync('sh', [
      '-c',
      `curl() { printf '%s\\n' "$@"; }; ${submissionOf({ source, tenant: "@d'Or" }).command}`,
    ]);
    expect(told.toString()).toContain("--form-string\ntenant=@d'Or\n");
    expect(submissionOf({ source }).command).not.toContain('tenant');
  });

  it('gives curl fields and the file as they are, semicolons and quotes included', () => {
    const name = `a;b "c" d'e.pdf`;
    const { command } = submissionOf({ source: { kind: 'upload' }, metadata: { note: 'a;b' }, name });
    const told = execFileSync('sh', ['-c', `curl() { printf '%s\\n' "$@"; }; ${command}`]).toString();
    expect(told).toContain('--form-string\nmetadata={"note":"a;b"}\n');
    expect(told).toContain('--form-string\noptions={"ocr_provider":"tesseract","chunk_size":5}\n');
    // Quoted, a semicolon does not end a file's name there (curl's manual, -F).
    expect(told).toContain(`-F\nfile=@"a;b \\"c\\" d'e.pdf"\n`);
  });

  it('says where an address may lack what the API does not show', () => {
    expect(submissionOf({}).lacks).toBeUndefined();
    expect(submissionOf({ source: { kind: 'url', url: 'https://host/a.pdf' } }).lacks).toBe('address');
    expect(submissionOf({ options: { webhook_url: 'https://host/hook' } }).lacks).toBe('address');
  });
});
