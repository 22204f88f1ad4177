/**
 * Why a value cannot be derived from a record. Returned, not thrown: a batch may hold thousands of bad records.
 * `field` is the raw field that the value came from, where there is one.
 */
export class Fault {
  constructor(
    readonly message: string,
    readonly field?: string,
  ) {}

  /** The same fault, told of `field` unless it is already told of another. */
  at(field: string): Fault {
    return this.field === undefined ? new Fault(this.message, field) : this;
  }
}
