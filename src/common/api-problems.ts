import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { ERRORS, type ErrorCode } from './errors';

/** Documents the errors a route can answer, from the error table; codes of one status share an entry. */
export function ApiProblems(...codes: ErrorCode[]): MethodDecorator & ClassDecorator {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return applyDecorators(
    ...[...byStatus].map(([status, of]) =>
      ApiResponse({
        status,
        description: of.map((code) => `\`${code}\`: ${ERRORS[code].meaning}`).join('\n\n'),
        schema: {
          type: 'object',
          required: ['error', 'code', 'request_id'],
          properties: {
            error: { type: 'string', example: ERRORS[of[0]!].meaning },
            code: { type: 'string', enum: of },
            request_id: { type: 'string', example: '4f2a-1c' },
          },
        },
      }),
    ),
  );
}
