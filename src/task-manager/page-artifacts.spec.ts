import { describe, expect, it } from 'vitest';
import { pageResult } from '../../test/support/queue-harness.js';
import type { DocumentStore } from '../storage/document-store.js';
import { PageArtifacts } from './page-artifacts.js';

describe('PageArtifacts', () => {
  /** A store of these files that tells when each was asked for. */
  function storeOf(files: Record<string, unknown>, asked: string[]): DocumentStore {
    const read = async (key: string) => {
      asked.push(key);
      if (!(key in files)) throw new Error(`${key} is gone`);
      return Buffer.from(JSON.stringify(files[key]));
    };
    return { read } as unknown as DocumentStore;
  }

  it('reads each file once, and a few ahead', async () => {
    const asked: string[] = [];
    const files = { ab: [pageResult(1), pageResult(2)], c: pageResult(3), d: pageResult(4), e: pageResult(5), f: pageResult(6) };
    const artifacts = new PageArtifacts(storeOf(files, asked));
    artifacts.expect(Object.keys(files));
    expect(asked).toEqual(['ab', 'c', 'd', 'e']);
    expect([(await artifacts.read('ab', 1)).page, (await artifacts.read('ab', 2)).page]).toEqual([1, 2]);
    expect(asked).toEqual(['ab', 'c', 'd', 'e', 'f']);
    for (const [index, key] of ['c', 'd', 'e', 'f'].entries()) {
      expect((await artifacts.read(key, index + 3)).page).toBe(index + 3);
    }
    expect(asked).toEqual(['ab', 'c', 'd', 'e', 'f']);
  });

  it('does not read a file again that goes on where more are expected', async () => {
    const asked: string[] = [];
    const artifacts = new PageArtifacts(storeOf({ ab: [pageResult(1), pageResult(2)], c: pageResult(3) }, asked));
    artifacts.expect(['ab']);
    await artifacts.read('ab', 1);
    artifacts.expect(['ab', 'c']);
    expect([(await artifacts.read('ab', 2)).page, (await artifacts.read('c', 3)).page]).toEqual([2, 3]);
    expect(asked).toEqual(['ab', 'c']);
  });

  it('tells of a file that is gone when it is its turn', async () => {
    const artifacts = new PageArtifacts(storeOf({ a: pageResult(1) }, []));
    artifacts.expect(['a', 'b']);
    expect((await artifacts.read('a', 1)).page).toBe(1);
    await expect(artifacts.read('b', 2)).rejects.toThrow('b is gone');
  });
});
