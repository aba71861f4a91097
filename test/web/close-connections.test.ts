import { connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import fastify from 'fastify';
import { expect, it } from 'vitest';
import { cutConnectionsOnClose } from '../../web/close-connections.ts';

it('closes though a browser holds a connection on which it never asked for anything', async () => {
  const server = fastify();
  cutConnectionsOnClose(server, 20);
  server.get('/', () => 'here');
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const silent = connect(port, '127.0.0.1');
  silent.on('error', () => {});
  await once(silent, 'connect');
  const cut = once(silent, 'close');
  // Node alone waits for a minute's timeout here, far beyond this test's.
  await server.close();
  await cut;
});

it('lets a request that is being answered end within the grace', async () => {
  const server = fastify();
  cutConnectionsOnClose(server, 500);
  let answer = () => {};
  const asked = new Promise<void>((resolve) => {
    server.get('/', () => (resolve(), new Promise((done) => (answer = () => done('whole')))));
  });
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  const response = fetch(address);
  await asked;
  const closed = server.close();
  setTimeout(answer, 50);
  expect(await (await response).text()).toBe('whole');
  await closed;
});
