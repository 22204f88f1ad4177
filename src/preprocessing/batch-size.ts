import { AppError } from '../common/errors';

/**
 * Bounds what the processed records of one request hold together: a raw record of two characters may become one of two
 * thousand fields, and a body of a megabyte has three hundred thousand of those.
 */
export class BatchSize {
  private characters = 0;

  /** @param most characters, names counted with every record */
  constructor(private readonly most: number) {}

  /** @throws AppError bad_request when this record is one too many */
  add(record: Readonly<Record<string, unknown>>): void {
    for (const name in record) {
      const value = record[name];
      this.characters += name.length + (typeof value === 'string' ? value.length : 8);
    }
    if (this.characters <= this.most) return;
    throw new AppError(
      'bad_request',
      `The processed records would have more than ${this.most} characters together; send fewer records at a time`,
    );
  }
}
