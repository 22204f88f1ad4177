import { readFileSync } from 'node:fs';
import { goldenCases, type GoldenCase } from '../golden/sklearn/golden';
import { send } from '../support/http-client';
import { upload } from '../support/multipart';
import { TestServer } from '../support/test-server';

const NAMES = [
  'text-logistic-three',
  'text-hash-logistic',
  'text-svc',
  'text-rest',
  'text-svd',
  'text-columns',
  'text-grid',
];
const CASES = goldenCases().filter(
  ({ version, name }) => ['0.24.2', '1.9.1'].includes(version) && NAMES.includes(name),
);
const COLUMNS: Record<string, string[]> = { 'text-columns': ['review', 'price', 'colour'] };

describe('models of text', () => {
  let server: TestServer;
  beforeAll(async () => (server = await TestServer.start()));
  afterAll(() => server.dispose());

  const serve = async (id: string, { path }: GoldenCase): Promise<void> => {
    const reply = await upload(server.url, id, readFileSync(path));
    expect(reply.json).toMatchObject({ parity: { labels_different: 0 } });
    expect((await server.deploy(id)).status).toBe(200);
  };
  const one = (name: string): GoldenCase => CASES.find((golden) => golden.name === name && golden.version === '1.9.1')!;

  it('has every case twice', () => expect(CASES).toHaveLength(2 * NAMES.length));

  it.each(CASES.map((golden) => [golden.name, golden.version, golden] as const))(
    'answers %s of scikit-learn %s as it does, rows and records',
    async (name, version, golden) => {
      const id = `${name}-${version.replaceAll('.', '-')}`;
      await serve(id, golden);
      const rows = await server.predict(id, golden.rows);
      expect(rows.json.prediction).toEqual(golden.label);
      const found = (rows.json.probabilities ?? []).flat() as number[];
      const apart = found.map((p, i) => Math.abs(p - golden.probabilities![0]![i]!));
      expect(found).toHaveLength(golden.probabilities?.[0]?.length ?? 0);
      expect(Math.max(0, ...apart)).toBeLessThan(1e-12);
      const records = golden.rows.map((row) =>
        Object.fromEntries((COLUMNS[name] ?? ['text']).map((column, i) => [column, row[i]])),
      );
      expect((await server.predict(id, records)).json.prediction).toEqual(golden.label);
      expect((await server.predict(id, golden.rows[0])).json.prediction).toEqual(golden.label![0]);
    },
  );

  it('tells what it takes, refuses what is no text and what is too long, and serves on', async () => {
    await serve('bounds', one('text-logistic-three'));
    const { json } = await send(`${server.url}/models/bounds`);
    expect(JSON.stringify(json)).toContain('"name":"text","kind":"text"');
    for (const wrong of [[[1]], [[null]], [['a', 'b']], [{ words: 'x' }], [['x'.repeat(1_000_001)]]]) {
      const reply = await server.predict('bounds', wrong);
      expect([reply.status, reply.json.code]).toEqual([400, 'invalid_input']);
    }
    expect((await server.predict('bounds', [['good film']])).status).toBe(200);
  });

  it('serves on after a restart, and leaves no file behind when it is deleted', async () => {
    const golden = one('text-columns');
    await serve('again', golden);
    expect(await server.stop()).toBe(0);
    await server.restart();
    expect((await server.predict('again', golden.rows)).json.prediction).toEqual(golden.label);
    const before = server.files().filter((path) => path.endsWith('text-stage.bin')).length;
    expect((await send(`${server.url}/delete_model/again`, { method: 'DELETE' })).status).toBe(200);
    expect(server.files().filter((path) => path.endsWith('text-stage.bin'))).toHaveLength(before - 1);
  });
});
