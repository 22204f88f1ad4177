import { Injectable } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { docsHandler } from '../api-docs/docs-handler';
import { serviceDocument } from '../api-docs/service-document';
import { AppConfig } from '../common/config';
import { AppError } from '../common/errors';
import type { Handlers } from '../common/http/listener';
import { sendBytes, sendProblem } from '../common/http/respond';
import { AppLogger } from '../common/logger';
import { Endpoint } from '../inference/endpoint';
import { EndpointTable } from '../inference/endpoint-table';
import { InferHandler } from '../inference/infer-handler';
import { createServiceListener } from '../inference/service-listener';
import type { SlowPrediction } from '../inference/slow-predictions';
import { readInlineGraph } from '../models/inline-graph';
import { ModelStore } from '../models/model-store';
import { EventLog } from '../monitoring/event-log';
import { Metrics } from '../monitoring/metrics';
import { unreadableRequests } from '../monitoring/unreadable-requests';
import type { PreprocessorDocument } from '../preprocessing/preprocessor-spec';
import { PreprocessorStore } from '../preprocessing/preprocessor-store';
import { sizeDeployment, type DeploymentSpec } from './deployment-spec';
import { assertPreprocessorFits } from './preprocessor-fit';

/** Builds what serves a spec: the endpoint with its threads, and the handler of its own listener. */
@Injectable()
export class EndpointFactory {
  constructor(
    private readonly config: AppConfig,
    private readonly models: ModelStore,
    private readonly preprocessors: PreprocessorStore,
    private readonly metrics: Metrics,
    private readonly events: EventLog,
    private readonly table: EndpointTable,
    private readonly handler: InferHandler,
    private readonly logger: AppLogger,
  ) {}

  /**
   * The spec with its preprocessor as it is now, to be asked before it is deployed anew. What was deployed once is
   * brought back as it was: a start must neither fail where none did before, nor take records otherwise.
   * @throws AppError version_not_found, preprocessor_not_found, preprocessor_mismatch
   */
  async withPreprocessor(spec: DeploymentSpec): Promise<DeploymentSpec> {
    if (spec.preprocessor === null) return { ...spec, preprocessorDocument: null };
    const version = await this.models.versionOrThrow(spec.modelId, spec.version);
    const preprocessor = await this.preprocessors.get(spec.preprocessor);
    assertPreprocessorFits(preprocessor, version.signature, version.inputSchema);
    return { ...spec, preprocessorDocument: preprocessor.document };
  }

  /**
   * An endpoint that has not been started.
   * @throws AppError version_not_found, preprocessor_not_found, memory_limit_exceeded
   */
  async create(spec: DeploymentSpec): Promise<Endpoint> {
    const version = await this.models.versionOrThrow(spec.modelId, spec.version);
    const preprocessor = await this.documentFor(spec);
    const { workers, timeoutMs, idleTimeoutMs } = sizeDeployment(spec, version.memoryBytes);
    const { modelId, environment } = spec;
    return new Endpoint({
      modelId,
      version: version.version,
      environment,
      workers,
      timeoutMs,
      ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
      batching: {
        maxSize: spec.batching.max_size,
        maxDelayMs: spec.batching.max_delay_ms,
        maxQueue: spec.batching.max_queue,
      },
      model: {
        version: version.version,
        modelPath: this.models.pathOf(version, 'onnx'),
        textStagePath: this.models.optionalPathOf(version, 'text'),
        treeSplitPath: this.models.optionalPathOf(version, 'trees'),
        signature: version.signature,
        compiled: version.format !== 'onnx',
        intraOpThreads: 1,
        maxRows: spec.batching.max_size,
        preprocessor,
        inputSchema: version.inputSchema,
        warmup: spec.warmup,
      },
      loadInline: async () => {
        const graph = await this.models.inlineGraphOf(version);
        return graph && readInlineGraph(graph);
      },
      metrics: this.metrics.forModel({
        service: 'model_service',
        model_id: modelId,
        version: String(version.version),
        environment,
      }),
      modelBytes: workers * version.memoryBytes,
      onFailure: (error) => this.reportFailure(spec, error),
      onSlow: (slow) => this.reportSlow(spec, slow),
    });
  }

  /** What a deployment's own listener serves; it looks the endpoint up at each request, so that a swap needs no rebind. */
  handlersOf(modelId: string): Handlers {
    const request = createServiceListener({
      modelId,
      handler: this.handler,
      table: this.table,
      metrics: (req, res) => {
        this.metrics.render(modelId).then(
          (text) => sendBytes(req, res, 200, Buffer.from(text), { 'content-type': this.metrics.contentType }),
          (error: unknown) => sendProblem(req, res, error),
        );
      },
      docs: docsHandler(() => this.documentOf(modelId)),
    });
    const unreadable = unreadableRequests('model_service', this.metrics, this.logger);
    return { request, direct: this.handler.directOwn(modelId), unreadable };
  }

  private async documentFor({
    preprocessor,
    preprocessorDocument,
  }: DeploymentSpec): Promise<PreprocessorDocument | null> {
    if (preprocessor === null || preprocessorDocument) return preprocessorDocument;
    return (await this.preprocessors.get(preprocessor)).document;
  }

  private documentOf(modelId: string): OpenAPIObject {
    const endpoint = this.table.get(modelId);
    if (!endpoint) throw new AppError('not_ready', `model ${modelId} is not serving`);
    const { signature, inputSchema, preprocessor } = endpoint.model;
    const schema = preprocessor === null ? inputSchema : (preprocessor as { input?: unknown }).input;
    return serviceDocument({
      modelId,
      version: endpoint.version,
      signature,
      recordSchema: (schema ?? null) as Record<string, unknown> | null,
    });
  }

  private reportSlow(spec: DeploymentSpec, { latencyS, queueS, rows, others }: SlowPrediction): void {
    const took = `took ${latencyS.toFixed(2)} s, of which it waited ${queueS.toFixed(2)} s`;
    const rest = others > 0 ? `; ${others} more were slow since the last that is told of` : '';
    this.events.event('WARNING', `a prediction of model ${spec.modelId} ${took}${rest}`, {
      ...attributesOf(spec),
      rows,
      latency_s: latencyS,
      queue_s: queueS,
    });
  }

  private reportFailure(spec: DeploymentSpec, error: AppError): void {
    this.events.event('ERROR', `a prediction of model ${spec.modelId} failed: ${error.message}`, {
      ...attributesOf(spec),
      code: error.code,
      ...(error.reason !== undefined && { reason: error.reason }),
    });
  }
}

/** Which deployment an event is about. */
function attributesOf({ modelId, version, environment }: DeploymentSpec): Record<string, unknown> {
  return { model_id: modelId, version, environment };
}
