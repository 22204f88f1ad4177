// Writes dist/packages/packages.js: the packages that the server loads at its start as one file. Loading some 1,500
// files one by one takes longer than running them, and each keeps its text, comments too, and its own bookkeeping in
// memory. src/app/bundled-packages.ts puts the file to use; without it packages are loaded one by one as ever. What
// runs in threads is not bundled, nor is anything of this project.
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const FOLDER = path.join(ROOT, 'dist/packages');
const FILE = 'packages.js';
const require = createRequire(import.meta.url);
// Nest's command line brings the bundler.
const webpack = createRequire(require.resolve('@nestjs/cli/package.json'))('webpack');

/** As the server asks for them. Left out are the runtime, and what finds files of its own beside itself. */
const NOT_BUNDLED = new Set(['node', 'onnxruntime-node', 'piscina', 'swagger-ui-dist', 're2js']);
const { dependencies } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
const NAMES = [...Object.keys(dependencies).filter((name) => !NOT_BUNDLED.has(name)), 'ajv/dist/2020'];

/**
 * Parts that packages load at their start and this server never uses: uploads by multer, `IsPhoneNumber`, the pages that
 * Nest's Swagger module would serve, health checks printed in frames, and exemplars of metrics.
 */
const EMPTY = ['multer', 'libphonenumber-js/max', 'js-yaml', 'boxen', '@opentelemetry/api'];

/** Of Node itself: what packages could serve or push metrics by. With Node's TLS it would take 6 MB. */
const EMPTY_BUILT_IN = ['https'];

/** What Nest's two loggers, which are off, make when they load: a formatter of dates takes 7 MB of ICU's tables. */
const EAGER_FORMATTER = /const dateTimeFormatter = (new Intl\.DateTimeFormat\([^)]*\));/g;
const LAZY_FORMATTER = 'const dateTimeFormatter = { format: (date) => $1.format(date) };';
const FORMATTERS = 2;

/** Tables of encodings that no request has: they stay outside, where `iconv-lite` finds them when one is asked for. */
const TABLES = /[\\/]iconv-lite[\\/]encodings$/;

/** A module that has each package behind a getter, so that a package runs when it is first asked for. */
const GETTERS = NAMES.map((name) => JSON.stringify(name)).map((name) => `  ${name}: () => require(${name}),\n`);
const ENTRY = `module.exports = {\n${GETTERS.join('')}};\n`;

/** Packages that Nest has a use for but that need not be there are asked for at run time, as without a bundle. */
function external({ request, context }, done) {
  if (EMPTY_BUILT_IN.includes(request)) return done(null, 'var {}');
  if (TABLES.test(context) && request.startsWith('./tables/')) {
    return done(null, `commonjs iconv-lite/encodings/${request.slice(2)}`);
  }
  if (request.startsWith('.') || path.isAbsolute(request)) return done();
  try {
    createRequire(path.join(context, 'x.js')).resolve(request);
    done();
  } catch {
    done(null, `commonjs ${request}`);
  }
}

function configuration(entry) {
  return {
    mode: 'production',
    target: 'node24',
    devtool: false,
    context: ROOT,
    entry: { packages: entry },
    output: { path: path.dirname(entry), filename: FILE, library: { type: 'commonjs2' } },
    resolve: {
      // What `require` would find, so that bundled and not bundled code is the same.
      mainFields: ['main'],
      conditionNames: ['node', 'require', 'default', 'module-sync'],
      modules: [path.join(ROOT, 'node_modules'), 'node_modules'],
      alias: Object.fromEntries(EMPTY.map((name) => [`${name}$`, false])),
    },
    externals: [external],
    externalsPresets: { node: true },
    optimization: { minimize: false, concatenateModules: false },
    // A name that is computed is that of a package which need not be there.
    plugins: [new webpack.ContextReplacementPlugin(/.*/, /(?!)/)],
    ignoreWarnings: [() => true],
  };
}

function bundle(entry) {
  return new Promise((resolve, reject) => {
    webpack(configuration(entry), (error, stats) => {
      if (error) reject(error);
      else if (stats.hasErrors()) reject(new Error(stats.toString({ all: false, errors: true })));
      else resolve(fs.readFileSync(path.join(path.dirname(entry), FILE), 'utf8'));
    });
  });
}

/** Has the loggers make a formatter each time that they print. */
function withLazyFormatters(code) {
  const found = code.match(EAGER_FORMATTER)?.length ?? 0;
  if (found !== FORMATTERS) {
    throw new Error(
      `expected ${FORMATTERS} formatters of dates in the loggers of Nest, found ${found}; ` +
        'look at services/*logger.service.js of @nestjs/common and mend EAGER_FORMATTER in scripts/bundle-packages.mjs',
    );
  }
  return code.replace(EAGER_FORMATTER, LAZY_FORMATTER);
}

/**
 * Leaves out comments and blanks and shortens local names. Those of classes, by which they are told apart, and of
 * functions, by which stacks are read, stay.
 */
async function compact(code) {
  const { minify } = require('@swc/core');
  const mangle = { keep_classnames: true, keep_fnames: true };
  const options = { compress: false, mangle, format: { comments: false, asciiOnly: true } };
  return (await minify(code, { ...options, ecma: 2022, module: false })).code;
}

fs.mkdirSync(path.join(ROOT, '.cache'), { recursive: true });
const folder = fs.mkdtempSync(path.join(ROOT, '.cache', 'bundle-'));
try {
  const entry = path.join(folder, 'entry.js');
  fs.writeFileSync(entry, ENTRY);
  const code = await compact(withLazyFormatters(await bundle(entry)));
  const made = path.join(folder, 'made.js');
  fs.writeFileSync(made, code);
  fs.mkdirSync(FOLDER, { recursive: true });
  fs.renameSync(made, path.join(FOLDER, FILE));
} catch (error) {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
