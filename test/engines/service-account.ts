import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The key file of a Google service account nobody has, in a folder of its own, until `remove` is called. */
export function serviceAccountKey(): { readonly folder: string; readonly file: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'document-ai-'));
  const file = join(folder, 'key.json');
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const key = {
    type: 'service_account',
    client_email: 'reader@project.iam.gserviceaccount.com',
    private_key: privateKey,
    private_key_id: 'secret-key-id',
    project_id: 'project',
  };
  writeFileSync(file, JSON.stringify(key));
  return { folder, file, remove: () => rmSync(folder, { recursive: true }) };
}
