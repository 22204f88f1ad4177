/** Milliseconds of processor time that a task takes in this process, which other work on the machine does not change. */
export function processorMs(task: () => void): number {
  const before = process.cpuUsage();
  task();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
