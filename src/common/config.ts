import 'reflect-metadata';
import { IsBoolean, IsIn, IsInt, IsNotEmpty, IsOptional, IsPositive, Max, Min, validateSync } from 'class-validator';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { parseMemory } from './quantities';
import { describeFound, expectationOf } from './wrong-members';

/** Longer delays fire at once: 24.8 days (Node's `setTimeout`, 32 bits with a sign). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Every setting of the process: read from the environment once, checked, frozen, injected by class. */
export class AppConfig {
  @IsInt() @Min(0) @Max(65535) readonly port: number;
  /** A dedicated listener is off when its port is null. */
  @IsOptional() @IsInt() @Min(0) @Max(65535) readonly registryPort: number | null;
  @IsOptional() @IsInt() @Min(0) @Max(65535) readonly preprocessingPort: number | null;
  @IsOptional() @IsInt() @Min(0) @Max(65535) readonly monitoringPort: number | null;
  @IsInt() @Min(1024) @Max(65535) readonly servicePortBase: number;
  @IsNotEmpty() readonly host: string;
  /** Host in every `service_url`. */
  @IsNotEmpty() readonly publicHost: string;
  @IsNotEmpty() readonly dataDir: string;
  /** Whether the shipped examples are deployed on a first start. */
  @IsBoolean() readonly examples: boolean;
  @IsPositive() readonly maxJsonBytes: number;
  /** Follows from the bound above; not a setting. */
  readonly maxControlJsonBytes: number;
  @IsPositive() readonly maxUploadBytes: number;
  @IsPositive() readonly bodyTimeoutMs: number;
  /** Waiting requests a deployment, unless its `batching` says otherwise. */
  @IsInt() @IsPositive() readonly maxQueue: number;
  @IsPositive() readonly forwardTimeoutMs: number;
  @IsPositive() readonly registryTtlMs: number;
  @IsIn(LOG_LEVELS) readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Logs and metric reports older than this, or beyond so many rows or so large a database, are deleted. */
  @IsPositive() readonly logMaxAgeMs: number;
  @IsInt() @IsPositive() readonly logMaxRows: number;
  @IsPositive() readonly logMaxSizeBytes: number;
  /** What reading and proving one uploaded file may take. */
  @IsPositive() readonly importTimeoutMs: number;
  @IsPositive() readonly importMemoryBytes: number;
  /** How long a shutdown waits for predictions in flight. */
  @IsPositive() readonly shutdownTimeoutMs: number;

  constructor(env: Record<string, string | undefined>) {
    const read = new EnvReader(env);
    this.port = read.number('PORT', 5000);
    this.registryPort = read.optionalPort('REGISTRY_PORT', 5050);
    this.preprocessingPort = read.optionalPort('PREPROCESSING_PORT', null);
    this.monitoringPort = read.optionalPort('MONITORING_PORT', null);
    this.servicePortBase = read.number('SERVICE_PORT_BASE', 8000);
    this.host = read.text('HOST', '127.0.0.1');
    this.publicHost = read.text('PUBLIC_HOST', isWildcard(this.host) ? hostname() : this.host);
    this.dataDir = resolve(read.text('DATA_DIR', './data'));
    this.examples = read.onOff('EXAMPLES', true);
    this.maxJsonBytes = read.bytes('MAX_JSON', '16MB');
    this.maxControlJsonBytes = Math.min(1e6, this.maxJsonBytes);
    this.maxUploadBytes = read.bytes('MAX_UPLOAD', '1GB');
    this.bodyTimeoutMs = read.timeoutSeconds('BODY_TIMEOUT', 30);
    this.maxQueue = read.number('MAX_QUEUE', 256);
    this.forwardTimeoutMs = read.timeoutSeconds('FORWARD_TIMEOUT', 30);
    this.registryTtlMs = read.seconds('REGISTRY_TTL', 30);
    this.logLevel = read.text('LOG_LEVEL', 'info') as AppConfig['logLevel'];
    this.logMaxAgeMs = read.seconds('LOG_MAX_AGE', 30 * 24 * 3600);
    this.logMaxRows = read.number('LOG_MAX_ROWS', 1_000_000);
    this.logMaxSizeBytes = read.bytes('LOG_MAX_SIZE', '1GB');
    this.importTimeoutMs = read.timeoutSeconds('IMPORT_TIMEOUT', 120);
    this.importMemoryBytes = read.bytes('IMPORT_MEMORY', '2GB');
    this.shutdownTimeoutMs = read.timeoutSeconds('SHUTDOWN_TIMEOUT', 30);
    for (const error of validateSync(this)) read.refuse(settingOf(error.property), expectationOf(error));
    const wrong = [...read.problems.values()];
    if (wrong.length > 0) throw new Error(`The configuration is not valid. ${wrong.join('; ')}`);
    Object.freeze(this);
  }

  /** The configuration of this process. @throws Error that names every setting that is wrong */
  static fromProcess(): AppConfig {
    return new AppConfig(process.env);
  }
}

class EnvReader {
  /** What is wrong with a setting, by its name; what was said of it first. */
  readonly problems = new Map<string, string>();

  constructor(private readonly env: Record<string, string | undefined>) {}

  text(name: string, otherwise: string): string {
    return this.env[name]?.trim() || otherwise;
  }

  number(name: string, otherwise: number): number {
    const text = this.text(name, String(otherwise));
    const value = Number(text);
    if (!Number.isFinite(value)) this.refuse(name, 'a number');
    return value;
  }

  /** In milliseconds. */
  seconds(name: string, otherwise: number): number {
    return this.number(name, otherwise) * 1000;
  }

  /** In milliseconds, for a timer: who asks for more than one can wait means the longest that it can. */
  timeoutSeconds(name: string, otherwise: number): number {
    return Math.min(this.seconds(name, otherwise), LONGEST_TIMER_MS);
  }

  /** An empty value turns the listener off; an absent one means the default. */
  optionalPort(name: string, otherwise: number | null): number | null {
    const text = this.env[name];
    if (text === undefined) return otherwise;
    return text.trim() === '' ? null : this.number(name, 0);
  }

  bytes(name: string, otherwise: string): number {
    const text = this.text(name, otherwise);
    try {
      return parseMemory(text);
    } catch {
      this.refuse(name, 'a size like "16MB"');
      return NaN;
    }
  }

  onOff(name: string, otherwise: boolean): boolean {
    const text = this.text(name, otherwise ? 'on' : 'off').toLowerCase();
    if (['on', 'true', '1', 'yes'].includes(text)) return true;
    if (!['off', 'false', '0', 'no'].includes(text)) this.refuse(name, 'on or off');
    return false;
  }

  /** Notes that a setting is not what it must be. */
  refuse(name: string, expected: string): void {
    if (this.problems.has(name)) return;
    this.problems.set(name, `${name} must be ${expected}, found ${describeFound(this.env[name]?.trim())}`);
  }
}

/** The variable that a property is read from: `bodyTimeoutMs` from BODY_TIMEOUT, in its own unit. */
function settingOf(property: string): string {
  return property
    .replace(/(?:Ms|Bytes)$/, '')
    .replace(/[A-Z]/g, '_$&')
    .toUpperCase();
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/**
 * Switches off the telemetry of onnxruntime from 1.29 on. It is read by native code when the library loads, from the
 * environment of the process; a worker's own copy of the environment would not reach it.
 */
export function disableTelemetry(): void {
  process.env.ORT_DISABLE_TELEMETRY = '1';
}
