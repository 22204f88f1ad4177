import { AppError } from './errors';

const UNITS: Record<string, number> = {
  '': 1,
  B: 1,
  K: 1e3,
  KB: 1e3,
  Ki: 1024,
  KiB: 1024,
  M: 1e6,
  MB: 1e6,
  Mi: 1024 ** 2,
  MiB: 1024 ** 2,
  G: 1e9,
  GB: 1e9,
  Gi: 1024 ** 3,
  GiB: 1024 ** 3,
};

/**
 * CPU quantity to threads, rounded up, at least 1: `"2"`, `2`, `"500m"` (Kubernetes notation).
 * @throws AppError bad_request when it is not a positive quantity
 */
export function parseCpu(quantity: string | number): number {
  const match = /^(\d+(?:\.\d+)?)(m?)$/.exec(String(quantity).trim());
  const cores = match ? Number(match[1]) / (match[2] ? 1000 : 1) : NaN;
  if (!(cores > 0 && cores <= 1024)) {
    throw new AppError('bad_request', `cpu_limit must be like "2" or "500m", at most 1024; found ${show(quantity)}`);
  }
  return Math.max(1, Math.ceil(cores));
}

/**
 * Memory quantity to bytes: `"512MB"` (10^6), `"512Mi"` (2^20), `"1GB"`, a plain number of bytes.
 * @throws AppError bad_request when it is not a positive quantity
 */
export function parseMemory(quantity: string | number): number {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(String(quantity).trim());
  const unit = match ? UNITS[match[2] ?? ''] : undefined;
  const bytes = match && unit ? Number(match[1]) * unit : NaN;
  if (!(bytes >= 1 && bytes <= Number.MAX_SAFE_INTEGER)) {
    throw new AppError('bad_request', `memory_limit must be like "512MB" or "1Gi"; found ${show(quantity)}`);
  }
  return Math.floor(bytes);
}

function show(quantity: unknown): string {
  return JSON.stringify(quantity).slice(0, 60);
}
