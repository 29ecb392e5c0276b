// docs/errors.md, made from the catalogue of error codes.
const { ERROR_CODES } = await import('../../dist/src/errors/error-codes.js');

const PHASES = {
  request: 'The request',
  queue: 'The queue and the service',
  input: 'The document going in',
  render: 'Drawing pages',
  recognise: 'Reading pages',
  merge: 'Merging the results',
  deliver: 'Storing and delivering',
};

const INTRODUCTION = `<!-- Made by \`npm run docs\` from src/errors/error-codes.ts. Change it there. -->

# Error codes

Every error has a stable code: in HTTP answers (RFC 9457, \`application/problem+json\`), in a task's \`error\`, in its chunks, and in
its \`failed_pages\`. Codes are never renamed or given another meaning; new ones may be added. \`GET /api/errors\` answers this list
as JSON; the \`type\` of a problem leads to its entry there.

\`\`\`json
{
  "type": "/api/errors/invalid_request",
  "title": "The request is not valid",
  "status": 422,
  "detail": "options.mode must be one of: skip_text, redo, force.",
  "code": "invalid_request",
  "retryable": false,
  "instance": "/api/ocr/tasks",
  "request_id": "5f0c8f6a-2b11-4c1d-9b3a-7c1d9f215d0c",
  "errors": [{ "field": "options.mode", "message": "must be one of", "allowed": ["skip_text", "redo", "force"] }]
}
\`\`\`

**Status** is the HTTP status when the error answers a request; an error that comes up later, while the task is worked on, is found
in the task. **Retried** errors are tried again by the queue itself, up to \`max_attempts\` times with growing pauses, before they
count; as an answer to a request, it is worth sending it again later.
`;

/** The page as Markdown. @throws when a phase has no heading here */
export function errorsPage() {
  const codes = Object.entries(ERROR_CODES);
  const unknown = codes.filter(([, info]) => !(info.phase in PHASES));
  if (unknown.length > 0) throw new Error(`scripts/docs/errors.mjs has no heading for the phase of ${unknown[0][0]}.`);
  let page = INTRODUCTION;
  for (const [phase, heading] of Object.entries(PHASES)) {
    page += `\n## ${heading}\n\n| code | status | retried | meaning |\n| --- | --- | --- | --- |\n`;
    for (const [code, info] of codes.filter(([, each]) => each.phase === phase)) {
      page += `| \`${code}\` | ${info.status} | ${info.retryable ? 'yes' : 'no'} | ${info.title} |\n`;
    }
  }
  return page;
}
