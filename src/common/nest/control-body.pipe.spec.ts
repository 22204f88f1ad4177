import 'reflect-metadata';
import { Type } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsObject,
  IsOptional,
  IsPositive,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import type { AppError, ErrorDetail } from '../errors';
import { ControlBodyPipe } from './control-body.pipe';

class LimitsDto {
  @IsOptional() @IsNumber() @Min(0.1) @Max(604_800) idle?: number;
  @IsOptional() @IsNumber() @IsPositive() @Max(60) timeout?: number;
  @IsOptional() @IsInt() @IsPositive() count?: number;
  @IsOptional() @IsInt() @Min(2) least?: number;
}

class BodyDto {
  @IsString() @IsNotEmpty() id!: string;
  @IsOptional() @IsString() @IsNotEmpty() @MaxLength(4) short?: string;
  @IsOptional() @IsString() @MaxLength(4) text?: string;
  @IsOptional() @IsIn(['red', 'green']) colour?: string;
  @IsOptional() @IsBoolean() flag?: boolean;
  @IsOptional() @IsArray() list?: unknown[];
  @IsOptional() @Matches(/^x/, { message: '$property must be a text that begins with x' }) odd?: string;
  @IsOptional() @IsObject() @ValidateNested() @Type(() => LimitsDto) limits?: LimitsDto;
}

async function refusal(body: object): Promise<AppError> {
  return new ControlBodyPipe().transform({ id: 'a', ...body }, { type: 'body', metatype: BodyDto }).then(
    () => Promise.reject(new Error('expected a refusal, found none')),
    (error: AppError) => error,
  );
}

describe('ControlBodyPipe', () => {
  it('refuses objects of many members before it takes seconds for them', async () => {
    const many = Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`k${i}`, i]));
    const tooMany = 'expected a JSON object of at most 2000 members, found one of 60001';
    expect((await refusal(many)).message).toBe(tooMany);
    const inner = 'expected a JSON object of at most 5000 members, found one of 60000';
    for (const body of [{ limits: many }, { list: [1, [many]] }]) expect((await refusal(body)).message).toBe(inner);
  }, 3000);

  it.each([
    [{ id: undefined }, 'id must be a text that is not empty, found nothing'],
    [{ id: '' }, 'id must be a text that is not empty, found ""'],
    [{ id: ['a'] }, 'id must be a text that is not empty, found an array'],
    [{ short: 'abcde' }, 'short must be a text of 1 to 4 characters, found "abcde"'],
    [{ text: 'a'.repeat(100) }, `text must be a text of at most 4 characters, found "${'a'.repeat(56)}...`],
    [{ colour: 'blue' }, 'colour must be one of red, green, found "blue"'],
    [{ flag: 'yes' }, 'flag must be true or false, found "yes"'],
    [{ list: {} }, 'list must be an array, found an object'],
    [{ odd: 'a' }, 'odd must be a text that begins with x, found "a"'],
    [{ limits: 'x' }, 'limits must be an object, found "x"'],
    [{ limits: [] }, 'limits must be an object, found an array'],
    [{ limits: { idle: 'x' } }, 'limits.idle must be a number from 0.1 to 604800, found "x"'],
    [{ limits: { idle: 0 } }, 'limits.idle must be a number from 0.1 to 604800, found 0'],
    [{ limits: { idle: NaN } }, 'limits.idle must be a number from 0.1 to 604800, found no number'],
    [{ limits: { timeout: -1 } }, 'limits.timeout must be a number above 0 and at most 60, found -1'],
    [{ limits: { count: 1.5 } }, 'limits.count must be a whole number above 0, found 1.5'],
    [{ limits: { least: '5' } }, 'limits.least must be a whole number of at least 2, found "5"'],
    [{ limits: { gpu: 1 } }, 'unknown member limits.gpu; expected idle, timeout, count or least'],
  ])('says of %j in one sentence what was expected and what was found', async (body, message) => {
    const error = await refusal(body);
    expect(error.message).toBe(message);
    expect(error.details).toEqual([{ field: /^(?:unknown member )?([\w.]+)/.exec(message)![1], message }]);
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'valueOf'])(
    'refuses the member %s, of which every object has one already',
    async (name) => {
      const odd: object = JSON.parse(`{"${name}": 1}`) as object;
      expect((await refusal(odd)).message).toBe(`unknown member ${name}`);
      expect((await refusal({ limits: odd })).message).toBe(`unknown member limits.${name}`);
    },
  );

  it('names each wrong member once', async () => {
    const { details, message } = await refusal({ id: 5, flag: 0, limits: { idle: 'x', count: 'y' }, other: 1 });
    const fields = ['flag', 'id', 'limits.count', 'limits.idle', 'other'];
    expect((details as ErrorDetail[]).map(({ field }) => field).sort()).toEqual(fields);
    expect(message.split('; ')).toHaveLength(fields.length + 1); // one more in the sentence of the unknown member
  });

  it('shows a part of names and lists that are endless', async () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`m${i}`, i]));
    const error = await refusal(many);
    expect(error).toMatchObject({ code: 'bad_request', status: 400 });
    expect(error.details).toHaveLength(100);
    expect(error.message).toMatch(/^unknown member m0; .*; and 995 more$/);
    expect((await refusal({ ['x'.repeat(10_000)]: 1 })).message.length).toBeLessThan(300);
  });
});
