import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { PREDICT_PATH } from '../api-docs/prediction.openapi';
import { DOCUMENT_BODY } from '../preprocessing/preprocessing.openapi';

const DESCRIPTION =
  'Upload a scikit-learn pickle or an ONNX file, deploy it, and get predictions: on this port through /predict, or on the port of the deployment through /infer. Nothing in an uploaded file is ever executed.';

/**
 * Main's OpenAPI document: what Nest knows, the prediction route, which is served in front of Nest, and the body of a
 * route that takes two content types, to which Nest gives one schema and the same examples.
 */
export function apiDocument(app: INestApplication): OpenAPIObject {
  const options = new DocumentBuilder()
    .setTitle('Modelport')
    .setDescription(DESCRIPTION)
    .setVersion('1.0')
    .addTag('models', 'Upload, list, download')
    .addTag('deployments', 'Deploy, stop, delete, status')
    .addTag('prediction', 'Predict')
    .addTag('preprocessing', 'From raw records to features')
    .addTag('registry', 'What runs where')
    .addTag('monitoring', 'Logs, metric reports, Prometheus')
    .addTag('health', 'Probes')
    .build();
  const document = SwaggerModule.createDocument(app, options);
  const paths = Object.entries({ ...document.paths, '/predict': PREDICT_PATH });
  const put = document.paths['/preprocessors/{name}']?.put;
  if (put) put.requestBody = DOCUMENT_BODY;
  paths.sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...document, paths: Object.fromEntries(paths) };
}
