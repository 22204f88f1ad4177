import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError, type ErrorDetail } from '../common/errors';
import { assertOrdinaryMembers, describeFound, refusedMembers, wrongMembers } from '../common/wrong-members';

const MAX_ITEMS = 10_000;
/** Items checked between two turns of the event loop; one costs about 20 microseconds. */
const ITEMS_PER_TURN = 100;
/** Enough to mend a client by. */
const MAX_DETAILS = 100;

/**
 * Reads a body that is one object or an array of 1 to 10,000 of them, each checked against the DTO class.
 * @throws AppError bad_request that names every wrong or unknown member, with the item's index in an array
 */
export async function oneOrMany<T extends object>(type: new () => T, body: unknown): Promise<T[]> {
  if (!Array.isArray(body)) return check(type, body, undefined);
  if (body.length === 0 || body.length > MAX_ITEMS) {
    throw new AppError(
      'bad_request',
      `expected an object or an array of 1 to ${MAX_ITEMS}, found ${body.length} items`,
    );
  }
  const items: T[] = [];
  const details: ErrorDetail[] = [];
  for (const [index, item] of body.entries()) {
    if (index % ITEMS_PER_TURN === ITEMS_PER_TURN - 1) await nextTurn();
    const found = problems(type, item, index);
    if (Array.isArray(found)) details.push(...found);
    else items.push(found);
    if (details.length >= MAX_DETAILS) break;
  }
  if (details.length > 0) throw refusedMembers(details);
  return items;
}

function check<T extends object>(type: new () => T, item: unknown, index: number | undefined): T[] {
  const found = problems(type, item, index);
  if (Array.isArray(found)) throw refusedMembers(found);
  return [found];
}

/** The item as an instance, or what is wrong with it. */
function problems<T extends object>(type: new () => T, item: unknown, index: number | undefined): T | ErrorDetail[] {
  const place = index === undefined ? {} : { index };
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    return [{ ...place, field: '', message: `expected a JSON object, found ${describeFound(item)}` }];
  }
  assertOrdinaryMembers(item);
  const instance = plainToInstance(type, item);
  const errors = validateSync(instance, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: false });
  if (errors.length === 0) return instance;
  return wrongMembers(errors).map((detail) => ({ ...place, ...detail }));
}
