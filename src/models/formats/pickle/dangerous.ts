import { AppError } from '../../../common/errors';
import { cleanText, describeValue } from './describe';
import type { PyGlobal, PyValue } from './records';
import { STDLIB_MODULES } from './stdlib-modules';

/**
 * Which names of a pickle Python would have executed. Nothing here protects this process: the machine has no way to call
 * anything, whatever a file names. It is for the answer to the user, and so that a file that attacks Python users is not
 * kept and handed on. Deny-lists of pickle scanners keep being bypassed (GHSA-vvpj-8cmc-gx39, `pkgutil.resolve_name`), so
 * the standard library is closed but for what models need, and only the packages beyond it have a list of known gadgets.
 */

/** Of the standard library: what honest models name. A `*` at the end stands for any last name. */
const ALLOWED = new Set(
  `_codecs.encode builtins.set builtins.frozenset builtins.bytes builtins.bytearray builtins.list builtins.dict
  builtins.tuple builtins.int builtins.float builtins.complex builtins.bool builtins.str builtins.object builtins.range
  builtins.slice builtins.type builtins.Ellipsis builtins.NotImplemented builtins.abs builtins.len builtins.max
  builtins.min builtins.round builtins.sorted builtins.sum builtins.pow builtins.long builtins.unicode builtins.xrange
  builtins.repr builtins.hash builtins.ord builtins.chr builtins.any builtins.all builtins.divmod builtins.id
  collections.OrderedDict collections.defaultdict collections.Counter collections.deque collections.ChainMap
  collections.UserDict collections.UserList collections.abc.* _collections.* copyreg._reconstructor copyreg.__newobj__
  copyreg.__newobj_ex__ copyreg.constructor datetime.* _datetime.* _pydatetime.* decimal.* _decimal.* _pydecimal.*
  fractions.Fraction numbers.* uuid.UUID uuid.SafeUUID pathlib.PurePath pathlib.PurePosixPath pathlib.PureWindowsPath
  pathlib.Path pathlib.PosixPath pathlib.WindowsPath pathlib._local.* functools.partial _functools.partial
  operator.itemgetter operator.add operator.sub operator.mul operator.truediv operator.floordiv operator.neg operator.abs
  operator.eq operator.ne operator.lt operator.le operator.gt operator.ge operator.and_ operator.or_ operator.not_
  operator.getitem operator.contains _operator.* re._compile re.compile re.RegexFlag re.Pattern enum.Enum enum.IntEnum
  enum.Flag enum.IntFlag enum.StrEnum enum.EnumMeta enum.EnumType math.* cmath.* statistics.* random.Random
  random.SystemRandom _random.Random string.* array._array_reconstructor array.array types.SimpleNamespace
  types.MappingProxyType types.NoneType types.EllipsisType types.NotImplementedType itertools.* logging.getLogger
  logging.Logger logging.RootLogger zoneinfo.ZoneInfo._unpickle zoneinfo.ZoneInfo time.struct_time abc.ABC abc.ABCMeta
  io.BytesIO io.StringIO _io.BytesIO _io.StringIO StringIO.StringIO inspect.Signature inspect.Parameter inspect._ParameterKind
  json.JSONEncoder json.JSONDecoder heapq.* _heapq.* bisect.* _bisect.* copy.copy copy.deepcopy typing.Any
  typing.NamedTuple dataclasses._MISSING_TYPE textwrap.dedent html.unescape html.escape html.entities.* unicodedata.*`
    .trim()
    .split(/\s+/),
);
/** `_operator` and `operator` reach everything through these three. */
const ATTRIBUTE_READERS = new Set(['attrgetter', 'methodcaller', 'call']);
const EXCEPTION = /^[A-Z]\w*(?:Error|Exception|Warning|Interrupt|Exit|Iteration)$/;

/** Beyond the standard library: packages and modules that run, load or fetch, whatever is called in them. */
const GADGET_MODULE = new RegExp(
  `^(?:${[
    'pip',
    'setuptools',
    'pkg_resources',
    'cloudpickle',
    'dill',
    'IPython',
    'ipykernel',
    'psutil',
    'pexpect',
    'ptyprocess',
    'paramiko',
    'requests',
    'httpx',
    'aiohttp',
    'urllib3',
    'numexpr',
    'numpy\\.(?:f2py|testing|distutils|ctypeslib|lib\\.npyio|lib\\._npyio_impl|lib\\.format|lib\\._datasource|core\\.records)',
    'scipy\\.(?:io|weave|datasets|_lib\\.(?:_ccallback|_testutils|deprecation))',
    'sklearn\\.(?:datasets|utils\\._testing|utils\\.testing|externals\\.joblib\\.(?:memory|parallel|numpy_pickle\\.load))',
    'joblib\\.(?:externals|memory|parallel|func_inspect|_parallel_backends|executor|pool|test)',
    'pandas\\.(?:io|core\\.computation|eval|read_\\w+|testing|util\\.testing|_testing)',
    'torch\\.(?:hub|package|serialization|jit|utils\\.(?:_config_module|bottleneck|collect_env|cpp_extension|data\\.datapipes)|fx|_dynamo|_inductor|distributed)',
    'tensorflow\\.(?:io|python)',
    'keras\\.(?:utils|saving)',
    'nltk\\.(?:data|downloader)',
    'sympy\\.(?:parsing|core\\.sympify)',
    'django\\.(?:utils|core)',
    'jinja2',
    'mako',
    'fsspec',
    'test\\.support',
    'joblib\\.(?:load|dump|Memory|Parallel|backports|_store_backends|_memmapping_reducer|numpy_pickle_utils)',
    'joblib\\.(?:numpy_pickle|numpy_pickle_compat)\\.(?:load\\w*|dump|_unpickle|\\w*[Uu]npickler)',
    'sklearn\\.(?:externals\\.joblib|utils\\._joblib)\\.(?:load|dump|Memory|Parallel)',
    'numpy\\.(?:load|loadtxt|genfromtxt|fromregex|fromfile|save|savez|savez_compressed|savetxt|DataSource)',
    'yaml|ruamel|jsonpickle|srsly|ray\\.cloudpickle|skops\\.io|torch\\._C|torch\\.load|keras\\.src\\.(?:utils|saving)',
    'cffi|llvmlite|cython|Cython|pyximport|execnet|fabric|invoke|sh|plumbum|git|docker|boto3|gdown|wget',
    'huggingface_hub|transformers\\.dynamic_module_utils|mlflow\\.projects|(?:xgboost\\.core|lightgbm\\.basic)\\._load_lib',
    'six|future\\.utils|past|celery|twisted|fickling|picklescan|modelscan|modelaudit',
  ].join('|')})(?:\\.|$)`,
);

/** Last names that run what they are handed, in whatever module they stand. */
const GADGET_NAME = new RegExp(
  `^(?:${[
    'eval|exec|execfile|compile_command|__import__|import_module|import_string|system|popen|popen[234]|Popen|check_call|check_output|getoutput|getstatusoutput',
    'spawn\\w+|exec[lv]p?e?|fork|forkpty|run_code|run_module|run_path|run_command|runstring|runcode|runsource|runctx|exec_command|myeval|resolve_name|load_module|exec_module',
    'getattr|setattr|delattr|globals|locals|vars|__builtins__|__globals__|__subclasses__|__getattribute__|__reduce__|__reduce_ex__|__dict__|__class__|__code__|__loader__|__spec__',
    'load_library|LoadLibrary|CDLL|PyDLL|WinDLL|_load_type|read_pickle|code_to_run|urlopen|urlretrieve|rmtree|unlink|FunctionType|CodeType|marshal_loads|dynamic_load',
  ].join('|')})$`,
);
/** Modules that other modules import, through which a dotted name could reach them: `torch.utils` + `os.system`. */
const GADGET_PARENTS = new Set(
  `os sys subprocess builtins __builtins__ importlib ctypes shutil socket runpy pty posix nt marshal pickle pkgutil code
  webbrowser operator multiprocessing asyncio tempfile codecs inspect types functools`
    .trim()
    .split(/\s+/),
);
const PREDICTING = /^(?:predict(?:_\w{1,20})?|transform|decision_function|score|fit)$/;
const PYTHON_2_ALIASES: Readonly<Record<string, string>> = {
  __builtin__: 'builtins',
  copy_reg: 'copyreg',
  exceptions: 'builtins',
};

/** What dill writes in place of what other pickles name; their calls are read as data, see construct.ts. */
const READ_OF_DILL = new Set(['_create_array', '_create_namedtuple', '_load_type']);

/** What PyCaret's pipelines hold in place of a cache: a function's name, and nothing that runs when it is loaded. */
const UNCACHED = 'joblib.memory.NotMemorizedFunc';

/** Whether a reference to `module.name` is one that no model needs and that Python could be made to run code by. */
export function isDangerousName(module: string, name: string): boolean {
  const parts = name.split('.');
  const last = parts.at(-1) ?? '';
  const root = module.split('.', 1)[0] ?? '';
  if (module === 'dill._dill' && READ_OF_DILL.has(name)) return false;
  if (`${module}.${name}` === UNCACHED) return false;
  if (STDLIB_MODULES.has(root)) return !isAllowedInStdlib(PYTHON_2_ALIASES[module] ?? module, name);
  if (GADGET_MODULE.test(`${module}.${name}`) || GADGET_NAME.test(last)) return true;
  return parts.some((part) => GADGET_PARENTS.has(part));
}

function isAllowedInStdlib(module: string, name: string): boolean {
  if (ATTRIBUTE_READERS.has(name) && module.endsWith('operator')) return false;
  if (ALLOWED.has(`${module}.${name}`)) return true;
  if (module === 'builtins' && EXCEPTION.test(name)) return true;
  return !name.includes('.') && ALLOWED.has(`${module}.*`);
}

/** The refusal of a call that was found. Says what Python would have done, with arguments cut short and cleaned. */
export function unsafeCall(callable: string, args: readonly PyValue[], offset: number): AppError {
  const shown = args.slice(0, 4).map((arg) => describeValue(arg));
  if (args.length > shown.length) shown.push('...');
  return new AppError(
    'model_unsafe',
    `Loading this file in Python would call ${cleanText(callable, 120)}(${shown.join(', ')}); it was found at byte ${offset} and not run.${adviceFor(callable, args)}`,
  );
}

/** What to do, where honest files are known to hold such a call. */
function adviceFor(callable: string, [, name]: readonly PyValue[]): string {
  if (/^(?:cloudpickle|dill|joblib\.externals\.(?:cloudpickle|loky))\./.test(callable)) {
    return " It brings code of your own script along (a lambda, a function or a class), which is never run here: leave it out, use scikit-learn's own classes, or export the model to ONNX and upload that.";
  }
  if (/^joblib\.(?:memory|_store_backends)\./.test(callable)) {
    return ' It is the cache of a Pipeline: set memory=None before saving it.';
  }
  if (!/^(?:builtins|__builtin__)\.getattr$/.test(callable) || typeof name !== 'string') return '';
  if (name === '_unpickle_model') {
    return ' It is a Keras model: write it by model.export("model.onnx", format="onnx") and upload that.';
  }
  if (PREDICTING.test(name)) {
    return ` It is a method that was pickled: save the model itself, joblib.dump(model, path), rather than model.${name}.`;
  }
  return '';
}

/** The refusal of a file that names something dangerous without calling it where it is read. */
export function unsafeReference(found: PyGlobal, offset: number): AppError {
  return new AppError(
    'model_unsafe',
    `Loading this file in Python would import ${cleanText(found.path, 120)}, which a model has no need of; it was found at byte ${offset} and not run.`,
  );
}
