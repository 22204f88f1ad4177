import { Injectable, Logger } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { copyFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppConfig } from '../common/config';
import { Database } from '../common/database/database';
import { DeployDto } from '../deployments/deploy.dto';
import { DeploymentsService } from '../deployments/deployments.service';
import { Importer } from '../models/importer';

const FOLDER = join(__dirname, '..', '..', 'examples');
const DONE = 'examples_installed';

interface Example {
  model_id: string;
  file: string;
  input_schema?: string;
  description: string;
  deploy: DeployDto;
}

/** Uploads and deploys the shipped examples on a first start; a later start finds them in the store like any model. */
@Injectable()
export class ExampleModels {
  private readonly logger = new Logger(ExampleModels.name);

  constructor(
    private readonly config: AppConfig,
    private readonly database: Database,
    private readonly importer: Importer,
    private readonly deployments: DeploymentsService,
  ) {}

  /** Installs the examples unless they were installed before or are switched off. A failure is logged, not thrown. */
  async install(): Promise<void> {
    if (!this.config.examples || (await this.isDone())) return;
    const { examples } = JSON.parse(readFileSync(join(FOLDER, 'manifest.json'), 'utf8')) as { examples: Example[] };
    try {
      for (const example of examples) await this.installOne(example);
      await this.database.db.insertInto('settings').values({ key: DONE, value: 'true' }).execute();
    } catch (error) {
      this.logger.error({ message: 'the examples could not be installed', cause: String(error) });
    }
  }

  private async installOne(example: Example): Promise<void> {
    const source = join(FOLDER, example.file);
    const inputSchema = example.input_schema && (await readFile(join(FOLDER, example.input_schema), 'utf8'));
    await this.importer.inWorkFolder(async (folder) => {
      const path = join(folder, 'original');
      await copyFile(source, path);
      const sha256 = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      const { size } = await stat(path);
      return this.importer.importUpload(
        folder,
        { path, sha256, sizeBytes: size },
        {
          modelId: example.model_id,
          inputSchema: inputSchema ? (JSON.parse(inputSchema) as Record<string, unknown>) : null,
          description: example.description,
          labels: null,
        },
      );
    });
    await this.deployments.deploy(Object.assign(new DeployDto(), example.deploy));
  }

  private async isDone(): Promise<boolean> {
    const row = await this.database.db
      .selectFrom('settings')
      .select('value')
      .where('key', '=', DONE)
      .executeTakeFirst();
    return row !== undefined;
  }
}
