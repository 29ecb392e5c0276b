import { expect } from 'vitest';

/** An answer as any client in a language without types would read it. */
export interface Json {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  [name: string]: any;
}

export const json = async (response: Response) => (await response.json()) as Json;

/** Requires an error answer of `application/problem+json` with this code. @returns its body */
export async function expectProblem(response: Response, status: number, code: string): Promise<Json> {
  const problem = await json(response);
  expect({ status: response.status, code: problem.code, type: problem.type }).toEqual({
    status,
    code,
    type: `/api/errors/${code}`,
  });
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  return problem;
}
