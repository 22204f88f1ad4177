import fc from 'fast-check';
import { moveTo, type DeploymentState } from './deployment-state';

const STATES: DeploymentState[] = ['starting', 'running', 'draining', 'stopped', 'failed'];

describe('moveTo', () => {
  it('follows the life of a deployment', () => {
    const life: DeploymentState[] = ['running', 'running', 'draining', 'stopped', 'starting', 'failed', 'starting'];
    let state: DeploymentState = 'starting';
    for (const next of life) state = moveTo(state, next);
    expect(state).toBe('starting');
  });

  it('never runs what was not started, whatever is tried', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...STATES)), (wishes) => {
        let state: DeploymentState = 'stopped';
        for (const wish of wishes) {
          const before: DeploymentState = state;
          try {
            state = moveTo(state, wish);
          } catch {
            continue; // an illegal move leaves the state as it was
          }
          if (state === 'running') expect(['starting', 'running']).toContain(before);
          if (state === 'stopped') expect(before).toBe('draining');
          if (state === 'failed') expect(before).toBe('starting');
        }
      }),
    );
  });
});
