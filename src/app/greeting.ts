import type { AppConfig } from '../common/config';

/** What the start prints: where things are, and requests to try. */
export function greeting(config: AppConfig, port: number): string {
  const host = config.publicHost;
  const main = `http://${host}:${port}`;
  const lines = [
    '',
    `Modelport is ready at ${main}`,
    `  documentation  ${main}/docs`,
    `  metrics        ${main}/metrics`,
    `  health         ${main}/health`,
    ...(config.registryPort === null ? [] : [`  registry       http://${host}:${config.registryPort}/services`]),
  ];
  const examples = [
    '',
    'Try:',
    `  curl ${main}/predict -H 'Content-Type: application/json' -d '{"model_id":"iris","features":[5.1,3.5,1.4,0.2]}'`,
    `  curl ${main}/predict -H 'Content-Type: application/json' -d '{"model_id":"flight_delay","features":{"carrier":"AA","dep_hour":9,"distance":550,"weather_delay":0}}'`,
    `  curl ${main}/models/status`,
  ];
  const upload = [
    '',
    'Your own model:',
    `  curl ${main}/upload_model -F model_id=mine -F file=@model.pkl`,
    `  curl ${main}/deploy -H 'Content-Type: application/json' -d '{"model_id":"mine"}'`,
    '',
  ];
  return [...lines, ...(config.examples ? examples : []), ...upload, ''].join('\n');
}
