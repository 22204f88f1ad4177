/** Where the process is in its life; health answers by it and listeners refuse new work by it. */
export class Readiness {
  private current: 'starting' | 'ready' | 'shutting-down' = 'starting';

  get state(): 'starting' | 'ready' | 'shutting-down' {
    return this.current;
  }

  /** Everything that should run has been started. A process that is ending stays so. */
  ready(): void {
    if (this.current === 'starting') this.current = 'ready';
  }

  /** Comes before anything is closed, so that a load balancer sees it first. */
  shuttingDown(): void {
    this.current = 'shutting-down';
  }
}
