import { createServer, request as httpRequest, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Listening {
  endpoint: string;
  stop(): Promise<void>;
}

async function listen(listener: RequestListener): Promise<Listening> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** `refuse`: answers 503 itself. `lose`: lets the server do it, then cuts the connection instead of answering. */
export type Treatment = 'pass' | 'refuse' | 'lose';

/** A proxy before a server that treats the n-th request (from 1) as it is told. */
export async function startProxy(
  target: string,
  treat: (method: string, n: number) => Treatment,
): Promise<Listening & { requests(): number }> {
  let n = 0;
  const listening = await listen((incoming, outgoing) => {
    const treatment = treat(incoming.method!, ++n);
    if (treatment === 'refuse') {
      incoming.resume().on('end', () => outgoing.writeHead(503).end());
      return;
    }
    // The Host header stays as it was signed.
    const onward = httpRequest(
      target + incoming.url,
      { method: incoming.method!, headers: incoming.headers },
      (answer) => {
        if (treatment === 'lose') {
          answer.resume().on('end', () => incoming.socket.destroy());
          return;
        }
        outgoing.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onward.on('error', () => incoming.socket.destroy());
    incoming.pipe(onward);
  });
  return { ...listening, requests: () => n };
}

/** An S3 server as one should not be: it stores whatever comes and honours no condition and no checksum. */
export async function startCarelessS3(): Promise<Listening & { keys(): string[] }> {
  const objects = new Map<string, Buffer>();
  const listening = await listen((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const key = request.url!.split('?')[0]!;
      if (request.method === 'PUT') {
        objects.set(key, body);
        return response.writeHead(200, { etag: '"same"' }).end();
      }
      if (request.method === 'POST') {
        const bucket = key.replace(/\/$/, '');
        for (const [, name] of body.toString().matchAll(/<Key>([^<]+)<\/Key>/g)) objects.delete(`${bucket}/${name}`);
        return response.writeHead(200, { 'content-type': 'application/xml' }).end('<DeleteResult/>');
      }
      const stored = objects.get(key);
      return response
        .writeHead(stored ? 200 : 404, { etag: '"same"' })
        .end(request.method === 'GET' ? stored : undefined);
    });
  });
  return { ...listening, keys: () => [...objects.keys()] };
}
