import { setTimeout } from 'node:timers/promises';
import { AppError } from '../common/errors';
import { ClientGone } from '../common/http/read-body';
import { ImportGauge } from './import-gauge';
import { UploadProgress } from './upload-progress';
import { Uploads } from './uploads';

describe('UploadProgress', () => {
  it('goes through the stages and never goes back', () => {
    const upload = new UploadProgress('a', 200);
    const seen = [upload.status()];
    const note = () => seen.push(upload.status());
    upload.received(100);
    note();
    upload.received(100);
    note();
    upload.enter('reading');
    note();
    // As the import thread does, which has the memory alone.
    const gauge = new ImportGauge(upload.gauge.memory);
    for (const step of [
      { stage: 'reading', share: 0 },
      { stage: 'compiling', share: 0 },
      { stage: 'compiling', share: 0.95 },
      { stage: 'proving', share: 0 },
      { stage: 'proving', share: 0.9 },
    ] as const) {
      gauge.write(step);
      note();
    }
    upload.enter('storing');
    note();
    upload.finish(3);
    note();
    expect(seen.map(({ stage }) => stage)).toEqual(
      [
        'receiving',
        'receiving',
        'receiving',
        'reading',
        'reading',
        'compiling',
        'compiling',
        'proving',
        'proving',
      ].concat('storing', 'done'),
    );
    const shares = seen.map(({ progress }) => progress);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(new Set(shares).size).toBeGreaterThan(7);
    expect(shares.at(-1)).toBe(1);
    expect(seen.at(-1)).toMatchObject({ version: 3, error: null, bytes_received: 200, bytes_total: 200 });
  });

  it('knows no share of a body of unknown length, and of one that is longer than it says no more than all', () => {
    const unknown = new UploadProgress('a', null);
    unknown.received(5);
    expect(unknown.status()).toMatchObject({ progress: 0, bytes_received: 5, bytes_total: null });
    const lying = new UploadProgress('a', 2);
    lying.received(5);
    expect(lying.status().progress).toBeLessThanOrEqual(0.2);
  });

  it.each([
    [new AppError('model_corrupt', 'broken'), { error: 'broken', code: 'model_corrupt' }],
    [new ClientGone(), { error: expect.stringContaining('client closed') as string, code: 'bad_request' }],
    [new Error('/secret/path'), { error: expect.not.stringContaining('secret') as string, code: 'internal' }],
  ])('stays where it was when it fails: %p', (cause, error) => {
    const upload = new UploadProgress('a', 4);
    upload.received(2);
    upload.fail(cause);
    expect(upload.status()).toMatchObject({ stage: 'failed', progress: 0.1, error, version: null });
    expect(upload.hasEnded).toBe(true);
  });
});

describe('Uploads', () => {
  it('keeps those going on and the last hundred that ended', () => {
    const uploads = new Uploads();
    const slow = uploads.begin('slow', null);
    const quick = Array.from({ length: 150 }, (_, i) => uploads.begin(`quick-${i}`, 1));
    for (const upload of quick) upload.finish(1);
    uploads.begin('last', 1);
    expect(uploads.list()).toHaveLength(102);
    expect(uploads.findOrThrow('slow')).toBe(slow);
    expect(uploads.list()[0]).toBe(uploads.findOrThrow('last'));
    expect(() => uploads.findOrThrow('quick-49')).toThrow(expect.objectContaining({ code: 'upload_not_found' }));
    expect(uploads.findOrThrow('quick-50')).toBe(quick[50]);
  });

  it('keeps one that took long when it has just ended, whatever began and ended meanwhile', async () => {
    const uploads = new Uploads();
    const slow = uploads.begin('slow', 1);
    for (let i = 0; i < 150; i++) uploads.begin(`quick-${i}`, 1).finish(1);
    await setTimeout(2);
    slow.finish(1);
    uploads.begin('last', 1);
    expect(uploads.findOrThrow('slow')).toBe(slow);
    expect(uploads.list()).toHaveLength(101);
  });

  it('finds the later of two with one id', () => {
    const uploads = new Uploads();
    uploads.begin('same', 1);
    const later = uploads.begin('same', 1);
    expect(uploads.findOrThrow('same')).toBe(later);
  });
});
