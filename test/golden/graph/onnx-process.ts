import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Datatype } from '../../../src/common/signature';
import type { Tensor } from '../../../src/common/tensor';

interface Answer {
  outputs?: { name: string; type: string; dims: number[]; data: Tensor['data'] }[];
  error?: string;
}

const TYPE: Partial<Record<Datatype, string>> = { FP64: 'float64', BYTES: 'string' };
const DATATYPE: Record<string, Datatype> = { float64: 'FP64', int64: 'INT64', bool: 'BOOL', string: 'BYTES' };

/** onnxruntime-node in a child process; one run at a time. Close it, or the test does not end. */
export class OnnxProcess {
  private readonly child: ChildProcess = fork(join(__dirname, 'onnx-child.cjs'), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });

  /** Outputs of the model in its own order; `names` are those of the inputs. Rejects with onnxruntime's message. */
  async run(onnx: Uint8Array, names: string[], inputs: Tensor[], level: 'basic' | 'all' = 'basic'): Promise<Tensor[]> {
    const feeds = inputs.map((input, i) => ({
      name: names[i]!,
      type: TYPE[input.datatype]!,
      data: input.data,
      dims: input.shape,
    }));
    const answer = await new Promise<Answer>((resolve, reject) => {
      this.child.once('message', (message) => resolve(message as Answer));
      this.child.once('error', reject);
      this.child.send({ onnx, feeds, level });
    });
    this.child.removeAllListeners('error');
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.outputs!.map(({ type, dims, data }) => ({ datatype: DATATYPE[type]!, shape: dims, data }));
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.disconnect();
    await ended;
  }
}
