// Adds to package-lock.json the optional packages of other platforms that npm left out.
//
// npm leaves an optional package out of the lock file when it could not read it at the time of `npm install` (an
// incomplete mirror, a network fault), and `npm ci` then refuses the lock file as out of step. The packages meant are
// named with exact versions by their parents in the same file, and their platform is in their name, so that nothing
// has to be looked up. Run it after `npm install`: `node scripts/complete-lock.mjs` (`--check` only reports).
import { readFileSync, writeFileSync } from 'node:fs';

const LOCK = new URL('../package-lock.json', import.meta.url);
const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = { arm64: 'arm64', x64: 'x64', ia32: 'ia32', arm: 'arm', ppc64: 'ppc64', s390x: 's390x' };
const OTHER_PROCESSORS = { riscv64: 'riscv64', loong64: 'loong64', wasm32: 'wasm32' };

/** `@swc/core-darwin-arm64` -> `{ os: ['darwin'], cpu: ['arm64'] }`; null when the name says no platform. */
function platformOf(name) {
  const words = name.split(/[-/]/);
  const os = words.find((word) => SYSTEMS.includes(word));
  const cpu = Object.entries({ ...PROCESSORS, ...OTHER_PROCESSORS }).find(([word]) => words.includes(word))?.[1];
  if (cpu === 'wasm32') return { cpu: [cpu] };
  return os && cpu ? { os: [os], cpu: [cpu] } : null;
}

/** Entries that parents name as optional with an exact version and that the lock file does not have. */
function missingEntries(packages) {
  const missing = {};
  for (const [path, parent] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      if (packages[`node_modules/${name}`] ?? packages[`${path}/node_modules/${name}`]) continue;
      const platform = platformOf(name);
      if (!platform || !/^\d/.test(version)) continue;
      missing[`node_modules/${name}`] = {
        version,
        cpu: platform.cpu,
        ...(parent.dev && { dev: true }),
        optional: true,
        ...(platform.os && { os: platform.os }),
      };
    }
  }
  return missing;
}

const lock = JSON.parse(readFileSync(LOCK, 'utf8'));
const missing = missingEntries(lock.packages);
const count = Object.keys(missing).length;
if (process.argv.includes('--check')) {
  console.log(
    count === 0 ? 'package-lock.json is complete' : `package-lock.json lacks ${Object.keys(missing).join(', ')}`,
  );
  process.exitCode = count === 0 ? 0 : 1;
} else if (count > 0) {
  const sorted = Object.entries({ ...lock.packages, ...missing }).sort(([a], [b]) => a.localeCompare(b, 'en'));
  lock.packages = Object.fromEntries(sorted);
  writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`added ${count} optional packages of other platforms to package-lock.json`);
}
