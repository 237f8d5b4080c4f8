// As the first process of a container we get no default handling of SIGTERM: until this line it is ignored. So it
// comes before everything that takes time, and what takes time is imported below.
let stop = () => process.exit(0);
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, (name) => stop(name));

/** Requests get this long to finish; the platform kills us after 10 s. */
const FINISHING = 6_000;
const CLOSING = 1_000;

const { createLog } = await import('./log.js');
const log = createLog();

try {
  stop = await serve();
} catch (error) {
  log('start-failed', { reason: error.message || error.code });
  process.exit(1);
}

/** Starts to listen and returns what ends it again. */
async function serve() {
  const { readConfig } = await import('./config.js');
  const { assemble } = await import('./assemble.js');
  const config = readConfig();
  const { app, close } = assemble({ config, log });
  const server = app.listen(config.port);
  const letGo = watchConnections(server);
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  log('listening', { port: config.port, texts: config.twilio ? 'twilio' : 'console' });
  return (signal) => drain(server, letGo, close, signal);
}

/**
 * Follows which connections are answering something. The function it returns closes the others, now and as soon as
 * each is done; Node's own `closeIdleConnections` keeps those that never asked anything.
 */
function watchConnections(server) {
  const idle = new Set();
  let leaving = false;
  const rest = (socket) => (leaving ? socket.end(() => socket.destroy()) : idle.add(socket));
  server.on('connection', (socket) => rest(socket.once('close', () => idle.delete(socket))));
  server.on('request', ({ socket }, response) => {
    idle.delete(socket);
    response.once('close', () => socket.destroyed || rest(socket));
  });
  return () => {
    leaving = true;
    idle.forEach(rest);
  };
}

/** Takes no new connection, finishes what was begun, lets go of the database, ends with 0. */
async function drain(server, letGo, close, signal) {
  log('stopping', { signal });
  const closed = new Promise((resolve) => server.close(resolve));
  letGo();
  const limit = setTimeout(() => {
    log('requests-cut-off', { after: FINISHING });
    server.closeAllConnections();
  }, FINISHING);
  await closed;
  clearTimeout(limit);
  await Promise.race([close(), new Promise((resolve) => setTimeout(resolve, CLOSING))]);
  log('stopped');
  process.exit(0);
}
