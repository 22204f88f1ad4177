import type { Endpoint } from './endpoint';

/** Which endpoint answers for a model now. Setting is the swap: whoever looks up afterwards gets the new one. */
export class EndpointTable {
  private readonly byModel = new Map<string, Endpoint>();

  get(modelId: string): Endpoint | undefined {
    return this.byModel.get(modelId);
  }

  set(modelId: string, endpoint: Endpoint): void {
    this.byModel.set(modelId, endpoint);
  }

  delete(modelId: string): void {
    this.byModel.delete(modelId);
  }
}
