import { describe, expect, it } from 'vitest';
import { documentName, documentNameOfForm, documentNameOfUrl } from './document-name.js';

describe('documentName', () => {
  it.each([
    ['/in/contrat.pdf', 'contrat.pdf'],
    ['C:\\in\\contrat.pdf', 'contrat.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['a\0b\n.pdf', 'ab.pdf'],
    ['report\u202egnp.exe', 'reportgnp.exe'],
    ['\u2067تقرير\u2069\u2028.pdf', 'تقرير.pdf'],
    ['تقرير\u200f.pdf', 'تقرير\u200f.pdf'],
    ['', 'document'],
    ['/', 'document'],
    ['é'.repeat(300), 'é'.repeat(255)],
  ])('of %j', (given, name) => {
    expect(documentName(given)).toBe(name);
  });
});

describe('documentNameOfForm', () => {
  it.each([
    ['rapport d’été %22final%22.pdf', 'rapport d’été "final".pdf'],
    ['two%0D%0Alines.pdf', 'twolines.pdf'],
    ['100%25%20.pdf', '100%25%20.pdf'],
    ['', 'document'],
  ])('of %j', (given, name) => {
    expect(documentNameOfForm(given)).toBe(name);
  });
});

describe('documentNameOfUrl', () => {
  it.each([
    ['https://example.org/a/Été%202026.pdf?x=1', 'Été 2026.pdf'],
    ['https://example.org/', 'example.org'],
    ['https://example.org/a%2F..%2Fb.pdf', 'a_.._b.pdf'],
    ['https://example.org/100%.pdf', '100%.pdf'],
  ])('of %s', (address, name) => {
    expect(documentNameOfUrl(address)).toBe(name);
  });
});
