// The floor: bare node:http that reads the same JSON as a prediction does and answers one of the same size. Whatever a
// server costs beyond this is its own. Prints its port.
import http from 'node:http';
import process from 'node:process';

const PADDING = 'x'.repeat(Number(process.argv[2] ?? 0));

const server = http.createServer((req, res) => {
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('end', () => {
    const { features } = JSON.parse(Buffer.concat(chunks).toString());
    const body = JSON.stringify({
      prediction: 0,
      probabilities: [1, 0, 0],
      latency: 0.001,
      model_id: 'iris',
      version: 1,
      timestamp: Date.now() / 1000,
      count: features.length,
      padding: PADDING,
    });
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    res.end(body);
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
