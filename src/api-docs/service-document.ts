import type { OpenAPIObject } from '@nestjs/swagger';
import { exampleItem, recordSchemaOf } from '../common/record-shape';
import type { Signature } from '../common/signature';
import { exampleAnswer } from './example-answer';
import { servicePaths } from './prediction.openapi';

/** What a deployment's own listener documents. */
export interface ServiceDescription {
  modelId: string;
  version: number;
  signature: Signature;
  /** JSON Schema of the records it takes, when one was declared by the upload or by the preprocessor. */
  recordSchema: Record<string, unknown> | null;
}

/** The OpenAPI document of one deployed model: its routes, with an example request that fits its signature. */
export function serviceDocument({ modelId, version, signature, recordSchema }: ServiceDescription): OpenAPIObject {
  const declared = declaredExample(recordSchema);
  const taken = recordSchema ?? recordSchemaOf(signature);
  const record = declared ?? declaredExample(recordSchemaOf(signature));
  return {
    // 3.1 is the first whose schemas are JSON Schema 2020-12, as the records' are.
    openapi: '3.1.0',
    info: {
      title: `Modelport: ${modelId}`,
      description: `Version ${version} of ${modelId}, a model for ${signature.task}.`,
      version: `${version}.0`,
    },
    paths: servicePaths(modelId, version, {
      features: declared ?? exampleItem(signature),
      record,
      recordSchema: taken,
      answer: exampleAnswer(signature),
    }),
  };
}

function declaredExample(schema: Record<string, unknown> | null): Record<string, unknown> | null {
  const examples = schema?.examples;
  const first: unknown = Array.isArray(examples) ? examples[0] : undefined;
  return typeof first === 'object' && first !== null ? (first as Record<string, unknown>) : null;
}
