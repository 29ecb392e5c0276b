/** Environment variables of the `ocr-queue` command where it talks to a server. They are no settings of a server. */
export const CLIENT_VARIABLES = { url: 'OCR_URL', apiKey: 'OCR_API_KEY' } as const;
