/**
 * SQL: the place in the queue that lies so many milliseconds from now. By the database's clock, as the moment in `enqueued_at`: those of nodes
 * may differ, and the tasks of one that is an hour ahead would stand behind all others for that hour.
 */
export const fromNow = (place: string) => `${place}::bigint + (extract(epoch FROM now()) * 1000)::bigint`;
