import { lowerThreadPriority } from '../common/thread-priority';

// Imported first by the threads that nobody waits for: what they load after it takes 0.1 s of a core.
lowerThreadPriority();
