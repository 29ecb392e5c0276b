import createClient, { type Middleware } from 'openapi-fetch';
import { apiKey } from './api-key';
import { toProblem, UNREACHABLE } from './problem';
import type { paths } from './schema.gen';

/** Turns every answer that is no success, and every call that got none, into a thrown `ApiProblem`. */
const problems: Middleware = {
  onRequest({ request }) {
    const key = apiKey.get();
    if (key !== null) request.headers.set('Authorization', `Bearer ${key}`);
    return request;
  },
  async onResponse({ request, response }) {
    if (response.ok) return;
    const problem = await toProblem(response);
    if (problem.code === 'unauthorized') apiKey.refused(request.headers.get('Authorization')?.replace('Bearer ', '') ?? null);
    throw problem;
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === 'AbortError') return error;
    return UNREACHABLE;
  },
};

/** The REST API, typed by its own description. Every call either returns `data` or throws an `ApiProblem`. */
export const api = createClient<paths>({ baseUrl: window.location.origin });
api.use(problems);

/** The data of a call of `api`. A call that failed has thrown before; an answer without a body has no data. */
export async function dataOf<Data>(call: Promise<{ data?: Data }>): Promise<Data> {
  const { data } = await call;
  return data as Data;
}
