import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { docsHandler } from './api-docs/docs-handler';
import { apiDocument } from './app/api-document';
import { ExampleModels } from './app/example-models';
import { mainHandler } from './app/main-handler';
import { SUBSYSTEMS, subsystemHandler } from './app/subsystem';
import { AppModule } from './app.module';
import type { AppConfig } from './common/config';
import { Database } from './common/database/database';
import { FolderLock } from './common/database/folder-lock';
import { type Handlers, Listener, type RequestHandler } from './common/http/listener';
import { AppLogger } from './common/logger';
import { ControlBodyPipe } from './common/nest/control-body.pipe';
import { jsonBody } from './common/nest/json-body.middleware';
import { JsonExpressAdapter } from './common/nest/json-express-adapter';
import { ProblemFilter } from './common/nest/problem.filter';
import { RouteTable } from './common/nest/route-table';
import { Readiness } from './common/readiness';
import { DeploymentsService } from './deployments/deployments.service';
import { InferHandler } from './inference/infer-handler';
import { ModelStore } from './models/model-store';
import { Metrics } from './monitoring/metrics';
import { unreadableRequests } from './monitoring/unreadable-requests';

/** The server: the application, its listeners, and their start and end in the right order. */
export class ModelportServer {
  private readonly listeners: Listener[] = [];

  private constructor(
    private readonly config: AppConfig,
    private readonly lock: FolderLock,
    private readonly database: Database,
    private readonly app: INestApplication,
    readonly document: OpenAPIObject,
    private readonly routes: RouteTable,
  ) {}

  /** Opens the database and builds the application; nothing is bound yet. */
  static async create(config: AppConfig): Promise<ModelportServer> {
    const lock = FolderLock.take(config.dataDir);
    const database = await Database.open(config.dataDir);
    const logger = new AppLogger(config.logLevel);
    const core = AppModule.of({ config, database, logger });
    const app = await NestFactory.create<NestExpressApplication>(core, new JsonExpressAdapter(), {
      bodyParser: false,
      logger: false, // what Nest says while it builds itself is of no use to an operator; its errors are thrown
      abortOnError: false,
    });
    app.disable('x-powered-by');
    let routes = new RouteTable({ paths: {} });
    const bounds = { maxBytes: config.maxControlJsonBytes, timeoutMs: config.bodyTimeoutMs };
    app.use(jsonBody(() => routes, bounds));
    app.useGlobalPipes(new ControlBodyPipe());
    app.useGlobalFilters(new ProblemFilter(() => routes));
    const document = apiDocument(app);
    routes = new RouteTable(document);
    await app.init();
    app.useLogger(logger);
    return new ModelportServer(config, lock, database, app, document, routes);
  }

  /** Port of main, once bound. */
  get port(): number {
    return this.listeners[0]?.port ?? this.config.port;
  }

  /** Binds the listeners, brings back what should run, installs the examples on a first start, and is ready then. */
  async start(): Promise<void> {
    const { config } = this;
    const application = this.app.getHttpAdapter().getInstance() as RequestHandler;
    await this.app.get(ModelStore).open();
    const direct = this.app.get(InferHandler).directAny();
    await this.bind('main', { request: this.mainHandler(application), direct }, config.port);
    const own = [
      ['registry', config.registryPort],
      ['preprocessing', config.preprocessingPort],
      ['monitoring', config.monitoringPort],
    ] as const;
    for (const [name, port] of own) {
      const request = subsystemHandler(SUBSYSTEMS[name], this.document, application);
      if (port !== null) await this.bind(name, { request }, port);
    }
    await this.app.get(DeploymentsService).restore();
    await this.app.get(ExampleModels).install();
    this.app.get(Readiness).ready();
  }

  /** Logs a fault of the server itself, whole. */
  reportFault(what: string, error: unknown): void {
    this.app.get(AppLogger).write('error', what, { cause: error instanceof Error ? error.stack : String(error) });
  }

  /**
   * Ends in order: not ready any more, no new connections, predictions in flight answered, events stored.
   * @returns whether every inference thread is idle, so that the process may end by itself
   */
  async stop(): Promise<boolean> {
    const { shutdownTimeoutMs } = this.config;
    this.app.get(Readiness).shuttingDown();
    this.app.get(InferHandler).shutDown();
    const [idle] = await Promise.all([
      this.app.get(DeploymentsService).shutDown(shutdownTimeoutMs),
      ...this.listeners.map((listener) => listener.close(shutdownTimeoutMs)),
    ]);
    await this.app.close();
    await this.database.close();
    this.lock.release();
    return idle;
  }

  private async bind(name: string, handlers: Handlers, port: number): Promise<void> {
    const unreadable = unreadableRequests(name, this.app.get(Metrics), this.app.get(AppLogger));
    const listener = await Listener.bind({ ...handlers, unreadable }, this.config.host, port);
    this.listeners.push(listener);
    // A stop meanwhile has closed those that were there: one more would keep the process from ending.
    if (this.app.get(Readiness).state === 'shutting-down') await listener.close(0);
  }

  private mainHandler(application: RequestHandler): (req: IncomingMessage, res: ServerResponse) => void {
    return mainHandler({
      infer: this.app.get(InferHandler),
      docs: docsHandler(() => this.document),
      metrics: this.app.get(Metrics),
      routes: this.routes,
      application,
    });
  }
}
