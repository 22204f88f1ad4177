import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { ControlBodyPipe } from '../../src/common/nest/control-body.pipe';
import { jsonBody } from '../../src/common/nest/json-body.middleware';
import { JsonExpressAdapter } from '../../src/common/nest/json-express-adapter';
import { ProblemFilter } from '../../src/common/nest/problem.filter';
import { RouteTable } from '../../src/common/nest/route-table';

/** One module on a free port of this machine, with bodies, checks and errors as in src/modelport-server.ts. */
export async function startModule(module: Type | DynamicModule): Promise<{ app: NestExpressApplication; url: string }> {
  const app = await NestFactory.create<NestExpressApplication>(module, new JsonExpressAdapter(), {
    bodyParser: false,
    logger: false,
  });
  let routes = new RouteTable({ paths: {} });
  app.use(jsonBody(() => routes, { maxBytes: 1e6, timeoutMs: 5000 }));
  app.useGlobalPipes(new ControlBodyPipe());
  app.useGlobalFilters(new ProblemFilter(() => routes));
  routes = new RouteTable(SwaggerModule.createDocument(app, new DocumentBuilder().build()));
  await app.listen(0, '127.0.0.1');
  return { app, url: await app.getUrl() };
}
