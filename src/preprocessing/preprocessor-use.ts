import { Injectable } from '@nestjs/common';

/** Who uses the preprocessor of this name, in words for an error sentence such as `the deployment of iris`. */
export type UserQuery = (name: string) => readonly string[] | Promise<readonly string[]>;

/**
 * Where the layers above say which preprocessors are in use, so that none of those is deleted. A layer that starts to
 * use one must be able to name it from before it reads the document; else the document may go in between.
 */
@Injectable()
export class PreprocessorUse {
  private readonly queries: UserQuery[] = [];

  /** Adds a query that is asked before every deletion. */
  ask(query: UserQuery): void {
    this.queries.push(query);
  }

  async usersOf(name: string): Promise<string[]> {
    return (await Promise.all(this.queries.map(async (query) => query(name)))).flat();
  }
}
