import { apiKey } from './api-key';
import { toProblem, UNREACHABLE } from './problem';

/** Fetches something of the server's that a plain link cannot, because it takes the API key. @throws ApiProblem */
export async function fetchWithKey(path: string, signal?: AbortSignal): Promise<Blob> {
  const key = apiKey.get();
  const headers: HeadersInit = key === null ? {} : { Authorization: `Bearer ${key}` };
  const response = await fetch(path, { headers, signal }).catch((error: unknown) => {
    throw error instanceof DOMException ? error : UNREACHABLE;
  });
  if (!response.ok) throw await toProblem(response);
  return response.blob();
}

/** Saves a file of the server's under a name. @throws ApiProblem */
export async function downloadWithKey(path: string, name: string): Promise<void> {
  const url = URL.createObjectURL(await fetchWithKey(path));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
