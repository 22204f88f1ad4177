import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const run = promisify(execFile);
const say = (line) => process.stderr.write(`${line}\n`);

/**
 * Python environments, each with what HERE/NAME/requirements.txt pins, made where they are missing or out of date.
 * Their Python is 3.11, from the system: Triton's Python stub looks for that one's shared library.
 */
export class Environments {
  /** @param cache folder that keeps them from one run to the next */
  constructor(cache, python = 'python3.11') {
    Object.assign(this, { cache, base: python });
  }

  /** @returns path of the environment's `python` */
  async python(name) {
    const folder = path.join(this.cache, 'environments', name);
    const requirements = path.join(HERE, name, 'requirements.txt');
    const wanted = createHash('sha256').update(fs.readFileSync(requirements)).digest('hex');
    const stamp = path.join(folder, '.installed');
    const python = path.join(folder, 'bin/python');
    if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return python;
    say(`installing ${name}`);
    fs.rmSync(folder, { recursive: true, force: true });
    await this.#make(folder);
    await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
    fs.writeFileSync(stamp, wanted);
    return python;
  }

  async #make(folder) {
    try {
      await run(this.base, ['-m', 'venv', folder]);
    } catch (error) {
      const wanted = 'python3.11 python3.11-venv libpython3.11 (apt-get install, on Debian 12)';
      throw new Error(`${this.base} cannot make environments; needed: ${wanted}\n${error.message}`, { cause: error });
    }
  }

  /** The models that all serve, trained when the script or its requirements have changed. @returns their folder */
  async models() {
    const folder = path.join(this.cache, 'models');
    const script = path.join(HERE, 'train/train.py');
    const requirements = path.join(HERE, 'train/requirements.txt');
    const wanted = [script, requirements].reduce(
      (hash, file) => hash.update(fs.readFileSync(file)),
      createHash('sha256'),
    );
    const digest = wanted.digest('hex');
    const stamp = path.join(folder, '.trained');
    if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === digest) return folder;
    const python = await this.python('train');
    say('training the models');
    await run(python, [script, folder], { env: { ...process.env, OMP_NUM_THREADS: '1' } });
    fs.writeFileSync(stamp, digest);
    return folder;
  }

  /** `name version` of these packages in an environment. */
  async versions(name, packages) {
    const python = await this.python(name);
    const code = 'import sys, importlib.metadata as m\nfor p in sys.argv[1:]: print(p, m.version(p))';
    return execFileSync(python, ['-c', code, ...packages])
      .toString()
      .trim()
      .split('\n')
      .join(', ');
  }
}
