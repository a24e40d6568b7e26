import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

/**
 * An address that can be handed out before it is known where it leads: whoever asks for it waits for `target`
 * (a promise of a URL, or of undefined when there is none) and is then sent on. It is hard to guess, since it leads
 * into the app. `url` is the address; `close` ends it.
 */
export async function openDoor(target) {
  const path = `/${randomBytes(24).toString('base64url')}`;
  const sendOn = (response, location) =>
    location === undefined
      ? response.writeHead(503).end()
      : response.writeHead(303, { location, 'cache-control': 'no-store' }).end();
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== path) response.writeHead(404).end();
    else
      target.then(
        (location) => sendOn(response, location),
        () => sendOn(response, undefined),
      );
  });
  await new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', done);
  });
  return {
    url: `http://127.0.0.1:${server.address().port}${path}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
