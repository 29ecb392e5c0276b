/** Webhooks that wait to be sent, counted no further than needed, and how many seconds the oldest has waited. $1 most counted */
export const waitingWebhooks = {
  name: 'ocr_waiting_webhooks',
  answerWithin: 5000,
  text: `
    SELECT
      (SELECT count(*)::int FROM (SELECT FROM ocr_webhook_deliveries WHERE state = 'waiting' LIMIT $1) AS counted) AS waiting,
      coalesce((SELECT extract(epoch FROM now() - waiting_since)::float8 FROM ocr_webhook_deliveries
        WHERE state = 'waiting' ORDER BY waiting_since LIMIT 1), 0) AS oldest_seconds`,
};
