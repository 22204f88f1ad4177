import { readPickle } from '../pickle/read-pickle';
import { PySet, PyTuple } from '../pickle/records';
import { columnNames } from './column-names';

/**
 * base64 of `pickle.dumps(index, 4)`, with `pd.Index(["a", "b"])`, `pd.RangeIndex(2)` and `pd.Index([3, 4])`; pandas
 * 2.1.4 writes texts and ranges as 1.5.3 does.
 */
const INDEXES: [string, string, string[]][] = [
  [
    'texts of pandas 1.5.3',
    'gASV3gAAAAAAAACMGHBhbmRhcy5jb3JlLmluZGV4ZXMuYmFzZZSMCl9uZXdfSW5kZXiUk5RoAIwFSW5kZXiUk5R9lCiMBGRhdGGUjBVudW1weS5jb3JlLm11bHRpYXJyYXmUjAxfcmVjb25zdHJ1Y3SUk5SMBW51bXB5lIwHbmRhcnJheZSTlEsAhZRDAWKUh5RSlChLAUsChZRoCowFZHR5cGWUk5SMAk84lImIh5RSlChLA4wBfJROTk5K/////0r/////Sz90lGKJXZQojAFhlIwBYpRldJRijARuYW1llE51hpRSlC4=',
    ['a', 'b'],
  ],
  [
    'a range of pandas 1.5.3',
    'gASVggAAAAAAAACMGHBhbmRhcy5jb3JlLmluZGV4ZXMuYmFzZZSMCl9uZXdfSW5kZXiUk5SMGXBhbmRhcy5jb3JlLmluZGV4ZXMucmFuZ2WUjApSYW5nZUluZGV4lJOUfZQojARuYW1llE6MBXN0YXJ0lEsAjARzdG9wlEsCjARzdGVwlEsBdYaUUpQu',
    ['0', '1'],
  ],
  [
    'numbers of pandas 2.1.4',
    'gASV5QAAAAAAAACMGHBhbmRhcy5jb3JlLmluZGV4ZXMuYmFzZZSMCl9uZXdfSW5kZXiUk5RoAIwFSW5kZXiUk5R9lCiMBGRhdGGUjBVudW1weS5jb3JlLm11bHRpYXJyYXmUjAxfcmVjb25zdHJ1Y3SUk5SMBW51bXB5lIwHbmRhcnJheZSTlEsAhZRDAWKUh5RSlChLAUsChZRoCowFZHR5cGWUk5SMAmk4lImIh5RSlChLA4wBPJROTk5K/////0r/////SwB0lGKJQxADAAAAAAAAAAQAAAAAAAAAlHSUYowEbmFtZZROdYaUUpQu',
    ['3', '4'],
  ],
  [
    'texts of pandas 3.1.1',
    'gASVcgEAAAAAAACMGHBhbmRhcy5jb3JlLmluZGV4ZXMuYmFzZZSMCl9uZXdfSW5kZXiUk5SMBnBhbmRhc5SMBUluZGV4lJOUfZQojARkYXRhlIwTcGFuZGFzLl9saWJzLmFycmF5c5SMHF9fcHl4X3VucGlja2xlX05EQXJyYXlCYWNrZWSUk5SMDXBhbmRhcy5hcnJheXOUjAtTdHJpbmdBcnJheZSTlEofBvEEToeUUpRoA4wLU3RyaW5nRHR5cGWUk5SMBnB5dGhvbpRHf/gAAAAAAACGlFKUjBZudW1weS5fY29yZS5tdWx0aWFycmF5lIwMX3JlY29uc3RydWN0lJOUjAVudW1weZSMB25kYXJyYXmUk5RLAIWUQwFilIeUUpQoSwFLAoWUaBiMBWR0eXBllJOUjAJPOJSJiIeUUpQoSwOMAXyUTk5OSv////9K/////0s/dJRiiV2UKIwBYZSMAWKUZXSUYoaUYowEbmFtZZROdYaUUpQu',
    ['a', 'b'],
  ],
  [
    'a range of pandas 3.1.1',
    'gASVbwAAAAAAAACMGHBhbmRhcy5jb3JlLmluZGV4ZXMuYmFzZZSMCl9uZXdfSW5kZXiUk5SMBnBhbmRhc5SMClJhbmdlSW5kZXiUk5R9lCiMBG5hbWWUTowFc3RhcnSUSwCMBHN0b3CUSwKMBHN0ZXCUSwF1hpRSlC4=',
    ['0', '1'],
  ],
  [
    'numbers of pandas 3.1.1',
    'gASV7QAAAAAAAACMGHBhbmRhcy5jb3JlLmluZGV4ZXMuYmFzZZSMCl9uZXdfSW5kZXiUk5SMBnBhbmRhc5SMBUluZGV4lJOUfZQojARkYXRhlIwWbnVtcHkuX2NvcmUubXVsdGlhcnJheZSMDF9yZWNvbnN0cnVjdJSTlIwFbnVtcHmUjAduZGFycmF5lJOUSwCFlEMBYpSHlFKUKEsBSwKFlGgLjAVkdHlwZZSTlIwCaTiUiYiHlFKUKEsDjAE8lE5OTkr/////Sv////9LAHSUYolDEAMAAAAAAAAABAAAAAAAAACUdJRijARuYW1llE51hpRSlC4=',
    ['3', '4'],
  ],
];

describe('columnNames', () => {
  it.each(INDEXES)('reads %s', (_, base64, names) => {
    expect(columnNames(readPickle(Buffer.from(base64, 'base64')).root)).toEqual(names);
  });

  it('reads lists and tuples; whole numbers are told as JSON tells them', () => {
    expect(columnNames(['x', 'длина'])).toEqual(['x', 'длина']);
    expect(columnNames(new PyTuple([0, 1n, 2]))).toEqual(['0', '1', '2']);
  });

  it.each([
    ['a set, which has no order', new PySet(['a', 'b'])],
    ['a text', 'ab'],
    ['a fraction', [1.5]],
    ['a truth value', [true]],
    ['a list of lists', [['a']]],
  ])('takes no %s', (_, value) => expect(columnNames(value)).toBeUndefined());
});
