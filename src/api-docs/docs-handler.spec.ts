import { parse } from 'yaml';
import { toYaml } from './docs-handler';

describe(toYaml.name, () => {
  it('is the same document to readers of YAML 1.1 and 1.2', () => {
    const words = ['14:00', '2026-01-15T10:30:00Z', '2026-01-15', 'yes', 'off', 'n', '0o17', '017', '1_000', 'text'];
    const document = { openapi: '3.0.0', info: { title: 't', version: '1.0' }, paths: {}, 'x-words': words };
    const text = toYaml(document);
    expect(parse(text, { version: '1.2' })).toEqual(document);
    expect(parse(text, { version: '1.1' })).toEqual(document);
  });
});
