// Stock node-media-server as a process of its own, which an input may end. Told over IPC what to do.
const { mkdtempSync } = require('node:fs');
const { createServer } = require('node:net');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const NodeMediaServer = require('node-media-server');
const Context = require('node-media-server/src/core/context.js');

const secret = process.env.STOCK_SECRET;

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

const publisherOf = (name) => Context.broadcasts.get(`/live/${name}`)?.publisher;

const ANSWERS = {
  publishers: () => [...Context.broadcasts.values()].filter((one) => one.publisher).length,
  kick: (name) => publisherOf(name)?.close(),
  memory: () => process.memoryUsage().rss,
};

async function main() {
  // It writes its store into the folder it runs in.
  const root = mkdtempSync(join(tmpdir(), 'stock-'));
  process.chdir(root);
  const [rtmp, http] = [await freePort(), await freePort()];
  const server = new NodeMediaServer({
    bind: '127.0.0.1',
    rtmp: { port: rtmp },
    http: { port: http },
    store: { path: join(root, 'data') },
    ...(secret ? { auth: { publish: true, secret } } : {}),
  });
  process.on('message', ({ id, ask, name }) => process.send({ id, answer: ANSWERS[ask](name) }));
  await server.run();
  process.send({ rtmp, http, root });
}

void main();
