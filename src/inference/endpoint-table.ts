import { AppError } from '../common/errors';
import type { Endpoint } from './endpoint';

/** Which endpoint answers for a model now. Setting is the swap: whoever looks up afterwards gets the new one. */
export class EndpointTable {
  private readonly byModel = new Map<string, Endpoint>();
  private readonly absences = new Map<string, AppError>();

  get(modelId: string): Endpoint | undefined {
    return this.byModel.get(modelId);
  }

  set(modelId: string, endpoint: Endpoint): void {
    this.byModel.set(modelId, endpoint);
    this.absences.delete(modelId);
  }

  /** @param why what requests are told when the model should be here and is not; without it they are told that it is not deployed */
  delete(modelId: string, why?: AppError): void {
    this.byModel.delete(modelId);
    if (why) this.absences.set(modelId, why);
    else this.absences.delete(modelId);
  }

  /** What a request is told for which there is no endpoint. */
  absence(modelId: string): AppError {
    return (
      this.absences.get(modelId) ??
      new AppError('deployment_not_found', `Model ${JSON.stringify(modelId.slice(0, 128))} is not deployed`)
    );
  }
}
