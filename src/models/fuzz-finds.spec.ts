import { dict, global, int, pickle, text } from '../../test/support/pickle-writer';
import { readModel } from './read-model';

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
    expect(() => readModel(file)).toThrow(
      expect.objectContaining({ code: 'model_unsupported', message: expect.stringContaining('factors') as string }),
    );
  });
});
