import { readFileSync } from 'node:fs';
import { join } from 'node:path';

describe('README.md', () => {
  it('has the commands that start and test in code blocks, before any other of npm: others run them from there', () => {
    const text = readFileSync(join(__dirname, '../../README.md'), 'utf8');
    const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1]);
    const commands = blocks.join('').match(/^npm .*$/gm) ?? [];
    expect(commands.slice(0, 2)).toEqual(['npm start', 'npm test']);
  });
});
