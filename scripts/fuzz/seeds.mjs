// What mutation starts from: the golden models of every family and version, and the hostile files that tests refuse.
import { readdirSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { inflateSync } from 'node:zlib';

const MAX_SEED_BYTES = 48 * 1024;
const MODEL_FILE = /\.(?:pkl|joblib|onnx|ubj|json|txt)$/;
const NOT_A_MODEL = /(?:expected|rows|graphs?|operators|forests)\.json$/;

/** All of them as `{ name, bytes }`, smallest first. */
export async function readSeeds(root) {
  const folder = path.join(root, 'test/golden');
  const seeds = [];
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!MODEL_FILE.test(name) || NOT_A_MODEL.test(name) || /^(?:graph|inference|pickle|examples)/.test(name)) continue;
    if (/^onnx.*\.json$/.test(name)) continue;
    seeds.push({ name, bytes: unpacked(readFileSync(path.join(folder, name))) });
  }
  for (const [what, make] of await hostilePickles(root)) seeds.push({ name: what, bytes: Buffer.from(make()) });
  return seeds
    .filter(({ bytes }) => bytes.length > 0 && bytes.length <= MAX_SEED_BYTES)
    .sort((a, b) => a.bytes.length - b.bytes.length);
}

/** Of a packed file what is in it, as a change of packed bytes is a broken packing and nothing else. */
function unpacked(bytes) {
  return bytes[0] === 0x78 ? inflateSync(bytes) : bytes;
}

/** Node reads the TypeScript of the tests as it is, but for imports without an extension. */
async function hostilePickles(root) {
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      const isBare = specifier.startsWith('.') && path.extname(specifier) === '' && context.parentURL?.endsWith('.ts');
      return next(isBare ? `${specifier}.ts` : specifier, context);
    },
  });
  try {
    const { RUNNING, EXHAUSTING, LYING } = await import(path.join(root, 'test/support/hostile-pickles.ts'));
    return [...RUNNING, ...EXHAUSTING, ...LYING];
  } finally {
    hooks.deregister();
  }
}
