// First: whatever is imported after it comes from the bundle.
import './app/bundled-packages';
import { greeting } from './app/greeting';
import { AppConfig, disableTelemetry } from './common/config';
import { releaseMemoryWhenQuiet } from './common/quiet-memory';
import { leaveYoungGenerationsToThreads, releaseStartupMemory } from './common/release-memory';
import { lowerHelperThreads } from './common/thread-priority';
import { ModelportServer } from './modelport-server';

async function main(): Promise<void> {
  disableTelemetry();
  leaveYoungGenerationsToThreads();
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
      (error: unknown) => report('the shutdown failed', error),
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('unhandledRejection', (reason) => server.reportFault('a promise was rejected and nobody cared', reason));
  process.on('uncaughtException', (error) => {
    // Whatever state it left behind is not to be trusted: end in order, so that an orchestrator starts a fresh process.
    server.reportFault('an exception was not caught; the server ends', error);
    process.exitCode = 1;
    end();
  });
  try {
    await server.start();
    if (ending) return;
    releaseStartupMemory();
    lowerHelperThreads();
    releaseMemoryWhenQuiet();
  } catch (error) {
    if (ending) return;
    report('the server could not start', error);
    return end();
  }
  process.stdout.write(greeting(config, server.port));
}

function report(what: string, error: unknown): void {
  process.stderr.write(`modelport: ${what}: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

main().catch((error: unknown) => report('the server could not start', error));
