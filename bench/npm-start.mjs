import * as fs from 'node:fs';
import * as path from 'node:path';

/** What `npm start` gives to Node after its preparation: flags, then the file. @param root the checkout */
export function startArguments(root) {
  const { start } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')).scripts;
  const [, ...args] = start.slice(start.indexOf('exec ') + 5).split(' ');
  return args;
}

/** What `npm start` sets in the environment of the server. */
export function startEnvironment(root) {
  const { start } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')).scripts;
  return Object.fromEntries(
    [...start.matchAll(/\b([A-Z_]+)=(\S+)(?= .*exec )/g)].map(([, name, value]) => [name, value]),
  );
}

/** The flags of V8 among {@link startArguments}: what the server is compared with gets them too. */
export function startFlags(root) {
  return startArguments(root).filter((one) => one.startsWith('--'));
}

/** The default configuration but for the folder of its data and for ports: `port` for main and those behind it. */
export function benchSettings({ port, dataDir }) {
  return {
    PORT: String(port),
    REGISTRY_PORT: String(port + 1),
    PREPROCESSING_PORT: '',
    MONITORING_PORT: '',
    SERVICE_PORT_BASE: String(port + 2),
    HOST: '127.0.0.1',
    DATA_DIR: dataDir,
    EXAMPLES: 'off',
  };
}
