import { classLabels } from './arrays';

describe(classLabels.name, () => {
  it('takes text, booleans and whole numbers that a double holds', () => {
    expect(classLabels([1, -2n, 3.5], 'Tree')).toEqual([1, -2, 3.5]);
    expect(classLabels(['a', 'b'], 'Tree')).toEqual(['a', 'b']);
    expect(classLabels([false, true], 'Tree')).toEqual([false, true]);
  });

  it('says what is wrong with a whole number beyond that', () => {
    expect(() => classLabels([1, 2n ** 60n], 'Tree')).toThrow(
      'Tree: class labels that are whole numbers must be within 2^53, found 1152921504606846976; fit with labels that are text',
    );
  });
});
