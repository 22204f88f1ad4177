import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');

describe('generated documents', () => {
  it('say what the code says: docs/errors.md, docs/models.md, swagger.yaml', () => {
    const script = join(ROOT, 'scripts', 'generate-docs.mjs');
    const run = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', script, '--check'], {
      encoding: 'utf8',
    });
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
  });
});
