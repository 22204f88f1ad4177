import { type BoosterCase, evaluateCase, readBooster, withoutClasses } from '../golden/boosters/golden';
import { translateSklearn } from '../../src/models/formats/sklearn/translate-sklearn';

/** Registers tests: each of the library's own files that does not hold the classes answers the very sums of its trees. */
export function testRawScores(cases: readonly BoosterCase[]): void {
  describe('files of a classification without its classes', () => {
    it.each(withoutClasses(cases).map((golden) => [golden.version, golden.name, golden] as const))(
      '%s %s',
      (_version, _name, golden) => {
        const { graph, warnings } = translateSklearn(readBooster(golden.path), { rawScores: true });
        expect(evaluateCase(golden, graph).outputs[0]!.data).toEqual(golden.raw);
        expect(warnings).toContainEqual(expect.stringContaining('raw scores are answered'));
      },
    );
  });
}
