import { WebSocket } from 'ws';

/** What one of the clients heard: for each task the moments (ms since 1970) and the pages done it was told of. */
export interface Heard {
  times: Record<string, [number, number][]>;
}

/** Clients whose every message is kept for the report; the others read and forget. */
const SAMPLED = 50;

const [url, count] = process.argv.slice(2);
const heard: Heard[] = [];
const sockets = Number(count);
for (let opened = 0; opened < sockets; opened++) {
  const socket = new WebSocket(`${url!.replace('http', 'ws')}/ws/ocr/all`, { perMessageDeflate: false });
  const own: Heard | undefined = opened % Math.floor(sockets / SAMPLED) === 0 ? { times: {} } : undefined;
  if (own) heard.push(own);
  socket.on('message', (data: Buffer) => {
    if (own === undefined) return;
    const message = JSON.parse(data.toString()) as { type: string; task_id?: string; pages_done?: number };
    if (message.task_id !== undefined) (own.times[message.task_id] ??= []).push([Date.now(), message.pages_done ?? 0]);
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
}
process.send!('ready');
process.on('message', () => process.send!(heard));
