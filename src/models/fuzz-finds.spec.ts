import { dict, global, int, pickle, text } from '../../test/support/pickle-writer';
import { importModel } from './import-model';

describe('what the fuzz run has found', () => {
  it('more products of columns than a call takes arguments', () => {
    const state = dict(
      ...([text('degree'), int(2), text('interaction_only'), 'NEWFALSE', text('include_bias'), 'NEWFALSE'] as const),
      ...([
        text('order'),
        text('C'),
        text('n_features_in_'),
        int(800),
        text('_sklearn_version'),
        text('1.9.1'),
      ] as const),
    );
    const features = global('sklearn.preprocessing._polynomial', 'PolynomialFeatures');
    const file = pickle(features, 'EMPTY_TUPLE', 'NEWOBJ', state, 'BUILD', 'STOP');
    expect(() => importModel(file)).toThrow(
      expect.objectContaining({ code: 'model_unsupported', message: expect.stringContaining('factors') as string }),
    );
  });

  it.each([
    [8192, 17, 16],
    [60_000, 64, 0],
  ])('two hundred bytes that ask for gigabytes: %i columns in %i steps', (columns, steps, rows) => {
    const state = dict(
      ...([text('sample_steps'), int(steps), text('sample_interval_'), int(1)] as const),
      ...([text('n_features_in_'), int(columns), text('_sklearn_version'), text('0.24.2')] as const),
    );
    const sampler = global('sklearn.kernel_approximation', 'AdditiveChi2Sampler');
    const read = () => importModel(pickle(sampler, 'EMPTY_TUPLE', 'NEWOBJ', state, 'BUILD', 'STOP'));
    if (rows > 0) expect(read().parity?.inputs[0]?.shape).toEqual([rows, columns]);
    else expect(read).toThrow(expect.objectContaining({ code: 'import_limit' }));
  });
});
