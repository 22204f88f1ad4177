export type DeploymentState = 'starting' | 'running' | 'draining' | 'stopped' | 'failed';

/** Legal moves. A running deployment that is deployed again stays `running`: its old endpoint serves until the swap. */
const MOVES: Record<DeploymentState, readonly DeploymentState[]> = {
  starting: ['running', 'failed'],
  running: ['running', 'draining'],
  draining: ['stopped'],
  stopped: ['starting'],
  failed: ['starting', 'draining'],
};

/** The next state. @throws Error when the move is not legal: a fault of ours, never of a client */
export function moveTo(from: DeploymentState, to: DeploymentState): DeploymentState {
  if (MOVES[from].includes(to)) return to;
  throw new Error(`a deployment cannot go from ${from} to ${to}`);
}
