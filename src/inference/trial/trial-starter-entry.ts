import { AppError } from '../../common/errors';
import { endTrialProcesses, runTrialProcess } from './trial-process';
import type { StartMessage, StartRequest } from './trial-starter';

/**
 * Entry of the process that starts the processes of trials. It holds nothing but what that takes, so that it is quickly
 * copied. It ends, and the trials with it, when whoever asks for them has gone.
 */
process.on('message', (request: StartRequest) => void runAndTell(request));
process.on('disconnect', endTrialProcesses);

async function runAndTell({ id, request, bounds }: StartRequest): Promise<void> {
  try {
    const done = await runTrialProcess(request, { ...bounds, onLoaded: () => tell({ id, type: 'loaded' }) });
    tell({ id, type: 'done', done });
  } catch (error) {
    if (error instanceof AppError) tell({ id, type: 'failed', error: error.toData() });
    else tell({ id, type: 'fault', message: String(error) });
  }
}

function tell(message: StartMessage): void {
  // Nobody listens any more once the channel is closed; 'disconnect' follows.
  if (process.connected) process.send!(message, () => undefined);
}
