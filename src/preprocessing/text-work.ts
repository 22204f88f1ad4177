/** Characters that the places of a document which look at texts may look at together for one record: some 0.2 s. */
const MAX_CHARACTERS = 10_000_000;

/**
 * Bounds what a document does to the texts of one record. A document may have tens of thousands of steps, and a record
 * a text of a million characters: the more places look at texts, the shorter the texts that they take.
 */
export class TextWork {
  private places = 0;

  /** To be told, while a document is compiled, of each place that looks at all of a text. */
  count(): void {
    this.places += 1;
  }

  /** Characters of the longest text that a place takes; to be asked once the document is compiled. */
  get longest(): number {
    return Math.floor(MAX_CHARACTERS / Math.max(1, this.places));
  }
}
