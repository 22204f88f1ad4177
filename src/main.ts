import { ModelportServer } from './app.factory';
import { greeting } from './app/greeting';
import { AppConfig, disableTelemetry } from './common/config';

async function main(): Promise<void> {
  disableTelemetry();
  const config = AppConfig.fromProcess();
  const server = await ModelportServer.create(config);
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    server.stop().then(
      (idle) => {
        // A thread that is inside onnxruntime must not be ended: that aborts the process with a message of its own.
        if (!idle) process.kill(process.pid, 'SIGKILL');
      },
      (error: unknown) => fail('the shutdown failed', error),
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  await server.start();
  process.stdout.write(greeting(config, server.port));
}

function fail(what: string, error: unknown): void {
  process.stderr.write(`modelport: ${what}: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
  // Nothing was deployed or everything is closed, so no inference thread can be busy; open handles are not waited for.
  process.kill(process.pid, 'SIGTERM');
}

main().catch((error: unknown) => fail('the server could not start', error));
