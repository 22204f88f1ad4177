// Answers bytes that are ready to whatever arrives, one reply a chunk: as little as a server can do, so that what the
// generator gets from it is the most that the generator can send. Prints its port.
import { createServer } from 'node:net';
import process from 'node:process';

const REPLY = Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}');

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('data', () => socket.write(REPLY));
  socket.on('error', () => socket.destroy());
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
