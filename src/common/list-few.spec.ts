import { listFew } from './list-few';

describe(listFew.name, () => {
  const names = Array.from({ length: 14 }, (_, i) => `n${i}`);

  it('names all of a few, and counts what is beyond twelve', () => {
    expect(listFew(names.slice(0, 2), (name) => JSON.stringify(name))).toBe('"n0", "n1"');
    expect(listFew(names.slice(0, 12), String)).toBe(names.slice(0, 12).join(', '));
    expect(listFew(names, String)).toBe(`${names.slice(0, 12).join(', ')} and 2 more`);
    expect(listFew([], String)).toBe('');
  });
});
