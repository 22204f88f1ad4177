import { deflateSync, gzipSync } from 'node:zlib';
import {
  array,
  bytes,
  call,
  dict,
  dtype,
  global,
  int,
  list,
  type Part,
  pickle,
  raw,
  repeat,
  simpleState,
  stackGlobal,
  text,
  tuple,
  uint32,
  uint64,
  wrapper,
} from './pickle-writer';

/** A file that must be refused: what it is, its bytes, the code of the refusal and what the sentence must say. */
export type HostilePickle = readonly [what: string, make: () => Uint8Array, code: string, says: RegExp];

const SYSTEM = global('os', 'system');
const ECHO = text('echo pwned');
const GOOD = dict(text('model'), [global('sklearn.linear_model._base', 'LinearRegression'), 'EMPTY_TUPLE', 'NEWOBJ']);
const END = 'STOP';
const PROTO = ['PROTO', 4] satisfies Part;
const NO_ITEMS = Buffer.alloc(0);

const callsSystem = /would call os\.system\('echo pwned'\); it was found at byte \d+ and not run/;

/** Files that would have run something in Python, by each road that a pickle has. */
export const RUNNING: readonly HostilePickle[] = [
  ['REDUCE of a GLOBAL', () => pickle(call(SYSTEM, ECHO), END), 'model_unsafe', callsSystem],
  ['protocol 0 text', () => raw("cos\nsystem\n(S'echo pwned'\ntR."), 'model_unsafe', callsSystem],
  ['posix.system', () => raw("cposix\nsystem\n(S'echo pwned'\ntR."), 'model_unsafe', /posix\.system\('echo pwned'\)/],
  ['STACK_GLOBAL', () => pickle(PROTO, call(stackGlobal('os', 'system'), ECHO), END), 'model_unsafe', callsSystem],
  ['INST', () => pickle('MARK', ECHO, 'INST', raw('os\nsystem\n'), END), 'model_unsafe', callsSystem],
  ['OBJ', () => pickle('MARK', SYSTEM, ECHO, 'OBJ', END), 'model_unsafe', callsSystem],
  [
    'NEWOBJ',
    () => pickle(PROTO, global('subprocess', 'Popen'), tuple(ECHO), 'NEWOBJ', END),
    'model_unsafe',
    /subprocess\.Popen\('echo pwned'\)/,
  ],
  [
    'NEWOBJ_EX',
    () => pickle(PROTO, global('subprocess', 'Popen'), tuple(ECHO), 'EMPTY_DICT', 'NEWOBJ_EX', END),
    'model_unsafe',
    /subprocess\.Popen/,
  ],
  [
    'copyreg.__newobj__',
    () => pickle(call(global('copyreg', '__newobj__'), global('subprocess', 'Popen'), ECHO), END),
    'model_unsafe',
    /subprocess\.Popen/,
  ],
  [
    "a class of dill's that is none",
    () =>
      pickle(
        call(
          call(global('dill._dill', '_create_namedtuple'), text('system'), tuple(text('command')), text('os')),
          ECHO,
        ),
        END,
      ),
    'model_unsafe',
    callsSystem,
  ],
  ['the memo', () => pickle(SYSTEM, 'BINPUT', 7, 'POP', call(['BINGET', 7], ECHO), END), 'model_unsafe', callsSystem],
  [
    'a call thrown away before a good model',
    () => pickle(call(SYSTEM, ECHO), 'POP', GOOD, END),
    'model_unsafe',
    callsSystem,
  ],
  ['a reference thrown away', () => pickle(SYSTEM, 'POP', GOOD, END), 'model_unsafe', /would import os\.system/],
  [
    'a reference beside a good model',
    () => pickle(dict(text('model'), 'NONE', text('x'), SYSTEM), END),
    'model_unsafe',
    /would import os\.system/,
  ],
  ['a reference, then a broken rest', () => pickle(SYSTEM, 0xff), 'model_unsafe', /would import os\.system/],
  [
    'functools.partial',
    () => pickle(call(global('functools', 'partial'), SYSTEM, ECHO), END),
    'model_unsafe',
    /partial\(os\.system, 'echo pwned'\)/,
  ],
  [
    'pkgutil.resolve_name',
    () => pickle(call(call(global('pkgutil', 'resolve_name'), text('os:system')), ECHO), END),
    'model_unsafe',
    /pkgutil\.resolve_name\('os:system'\)/,
  ],
  [
    'operator.attrgetter',
    () => pickle(call(call(global('operator', 'attrgetter'), text('system')), ECHO), END),
    'model_unsafe',
    /attrgetter\('system'\)/,
  ],
  [
    'operator.methodcaller',
    () => pickle(call(global('_operator', 'methodcaller'), text('system')), END),
    'model_unsafe',
    /methodcaller/,
  ],
  [
    'getattr of an import',
    () =>
      pickle(
        call(global('builtins', 'getattr'), call(global('builtins', '__import__'), text('os')), text('system')),
        END,
      ),
    'model_unsafe',
    /__import__\('os'\)/,
  ],
  [
    'a name reached through another module',
    () => pickle(PROTO, call(stackGlobal('torch.utils', 'os.system'), ECHO), END),
    'model_unsafe',
    /torch\.utils\.os\.system/,
  ],
  [
    'a name reached through builtins of another module',
    () => pickle(PROTO, call(stackGlobal('numpy', '__builtins__.eval'), ECHO), END),
    'model_unsafe',
    /eval/,
  ],
  [
    '__setstate__ set by a state',
    () => pickle(global('a', 'B'), 'EMPTY_TUPLE', 'NEWOBJ', dict(text('__setstate__'), global('c', 'd')), 'BUILD', END),
    'model_unsafe',
    /__setstate__/,
  ],
  [
    '__setstate__ set to os.system',
    () =>
      pickle(
        global('a', 'B'),
        'EMPTY_TUPLE',
        'NEWOBJ',
        dict(text('__setstate__'), SYSTEM),
        'BUILD',
        ECHO,
        'BUILD',
        END,
      ),
    'model_unsafe',
    /os\.system|__setstate__/,
  ],
  [
    '__class__ set by slots',
    () =>
      pickle(
        global('a', 'B'),
        'EMPTY_TUPLE',
        'NEWOBJ',
        tuple('NONE', dict(text('__class__'), global('c', 'D'))),
        'BUILD',
        END,
      ),
    'model_unsafe',
    /__class__/,
  ],
  [
    'BUILD of a class',
    () => pickle(global('sklearn.base', 'BaseEstimator'), dict(text('predict'), 'NONE'), 'BUILD', END),
    'model_unsafe',
    /BaseEstimator\.__setstate__/,
  ],
  [
    'a class made by type',
    () => pickle(call(global('builtins', 'type'), text('X'), 'EMPTY_TUPLE', 'EMPTY_DICT'), END),
    'model_unsafe',
    /type\('X'/,
  ],
  [
    '_codecs.encode by another codec',
    () => pickle(call(global('_codecs', 'encode'), text('abc'), text('rot13')), END),
    'model_unsafe',
    /rot13/,
  ],
  ['EXT1', () => pickle('EXT1', 1, END), 'model_unsafe', /extension registry/],
  ['EXT2', () => pickle('EXT2', 1, 1, END), 'model_unsafe', /extension registry/],
  ['EXT4', () => pickle('EXT4', uint32(1), END), 'model_unsafe', /extension registry/],
  [
    'in an object array of joblib',
    () => pickle(wrapper(dtype('O8'), tuple(int(1))), call(SYSTEM, ECHO), END, END),
    'model_unsafe',
    callsSystem,
  ],
  ['packed by zlib', () => deflateSync(pickle(PROTO, call(SYSTEM, ECHO), END)), 'model_unsafe', callsSystem],
  ['packed by gzip', () => gzipSync(pickle(PROTO, call(SYSTEM, ECHO), END)), 'model_unsafe', callsSystem],
  // Bypasses of pickle scanners that were published.
  [
    'a memo filled by BINPUT and MEMOIZE, where a scanner counts one of them (picklescan issue 14)',
    () =>
      pickle(
        PROTO,
        ...([text('os'), 'BINPUT', 0, text('system'), 'BINPUT', 1, text('torch._utils'), 'MEMOIZE'] as const),
        ...([
          text('_rebuild_tensor_v2'),
          'MEMOIZE',
          'BINGET',
          0,
          'BINGET',
          1,
          'STACK_GLOBAL',
          ECHO,
          'TUPLE1',
          'REDUCE',
          END,
        ] as const),
      ),
    'model_unsafe',
    callsSystem,
  ],
  [
    'names put together from the memo, with pieces between that are dropped',
    () =>
      pickle(
        PROTO,
        ...([
          text('os'),
          'BINPUT',
          5,
          'POP',
          text('numpy'),
          'POP',
          text('system'),
          'BINPUT',
          6,
          'POP',
          'BINGET',
          5,
        ] as const),
        ...(['NONE', 'POP', 'BINGET', 6, 'STACK_GLOBAL', 'EMPTY_TUPLE', 'POP', ECHO, 'TUPLE1', 'REDUCE', END] as const),
      ),
    'model_unsafe',
    callsSystem,
  ],
  [
    'the built-ins of numpy as the shape of a function (modelscan issue 330)',
    () =>
      pickle(
        PROTO,
        ...([
          stackGlobal('numpy', 'size'),
          'BINPUT',
          1,
          stackGlobal('numpy', '__builtins__'),
          'BINPUT',
          3,
          'POP',
          'POP',
        ] as const),
        ...([
          'BINGET',
          1,
          'EMPTY_DICT',
          'EMPTY_DICT',
          text('shape'),
          'BINGET',
          3,
          'SETITEM',
          'TUPLE2',
          'BUILD',
        ] as const),
        ...(['BINGET', 1, text('eval'), 'TUPLE2', 'REDUCE', END] as const),
      ),
    'model_unsafe',
    /numpy\.(?:__builtins__|size)/,
  ],
  [
    'a call whose result is dropped before a harmless value (fickling GHSA on POP)',
    () => pickle(PROTO, call(stackGlobal('subprocess', 'check_output'), ECHO), 'POP', 'EMPTY_DICT', END),
    'model_unsafe',
    /check_output\('echo pwned'\)/,
  ],
  [
    'a call, then an instruction that ends reading with an error (broken pickles, nullifAI)',
    () => pickle(PROTO, call(SYSTEM, ECHO), 'TUPLE3', 'TUPLE3', 'SETITEMS', END),
    'model_unsafe',
    callsSystem,
  ],
  [
    'a submodule that a list of exact names does not have (CVE-2025-10157)',
    () => pickle(PROTO, call(stackGlobal('asyncio.unix_events', '_UnixSubprocessTransport._start'), ECHO), END),
    'model_unsafe',
    /_UnixSubprocessTransport/,
  ],
  [
    'importlib, then getattr of what it gives',
    () =>
      pickle(
        PROTO,
        call(global('builtins', 'getattr'), call(global('importlib', 'import_module'), text('os')), text('system')),
        END,
      ),
    'model_unsafe',
    /import_module\('os'\)/,
  ],
  [
    'a pickle in a pickle',
    () => pickle(PROTO, call(global('_pickle', 'loads'), bytes(pickle(call(SYSTEM, ECHO), END))), END),
    'model_unsafe',
    /_pickle\.loads/,
  ],
  [
    'a call as the key of a dict',
    () => pickle(PROTO, 'EMPTY_DICT', call(SYSTEM, ECHO), 'NONE', 'SETITEM', END),
    'model_unsafe',
    callsSystem,
  ],
  [
    'a call as the argument of numpy.dtype',
    () => pickle(call(global('numpy', 'dtype'), call(SYSTEM, ECHO)), END),
    'model_unsafe',
    callsSystem,
  ],
  [
    'a loader of joblib that opens another file',
    () => pickle(PROTO, call(global('joblib.numpy_pickle', 'load'), text('other.pkl')), END),
    'model_unsafe',
    /joblib\.numpy_pickle\.load\('other\.pkl'\)/,
  ],
  [
    'numpy.load beside a good model',
    () => pickle(dict(text('model'), GOOD, text('x'), call(global('numpy', 'load'), text('x.npy'))), END),
    'model_unsafe',
    /numpy\.load\('x\.npy'\)/,
  ],
  [
    'a function that switches off a scanner',
    () => pickle(PROTO, call(global('fickling.hook', 'deactivate_safe_ml_environment')), END),
    'model_unsafe',
    /deactivate_safe_ml_environment/,
  ],
  [
    'arguments that try to look like the message',
    () => pickle(call(SYSTEM, text('a\nb\u202e\u001b[31m' + 'x'.repeat(500))), END),
    'model_unsafe',
    /'a\\u000ab\\u202e\\u001b\[31mx{60,80}\.\.\.'/,
  ],
];

/** Names by which published files and bypasses of pickle scanners run code, each called with one text. */
export const RUNNING_NAMES: readonly string[] = `
  builtins.eval builtins.exec builtins.compile builtins.open builtins.__import__ builtins.getattr builtins.setattr
  builtins.apply builtins.map builtins.filter builtins.input builtins.breakpoint __builtin__.eval __builtin__.execfile
  os.popen os.execv os.spawnl os.remove nt.system subprocess.check_output subprocess.run subprocess.getoutput
  commands.getoutput popen2.popen3 pty.spawn runpy.run_path runpy._run_code importlib.import_module imp.load_source
  pip.main pip._internal.main ensurepip._run_pip pkg_resources.run_script setuptools.sandbox.run_setup
  code.InteractiveInterpreter codeop.compile_command bdb.Bdb pdb.run cProfile.run profile.run timeit.timeit trace.Trace
  doctest.debug_script pydoc.pipepager pydoc.locate idlelib.pyshell.ModifiedInterpreter.runcode lib2to3.pgen2.grammar.Grammar.loads
  asyncio.unix_events._UnixSubprocessTransport._start multiprocessing.util.spawnv_passfds _posixsubprocess.fork_exec
  webbrowser.open ctypes.CDLL ctypes.cdll.LoadLibrary shutil.rmtree socket.create_connection urllib.request.urlopen
  smtplib.SMTP ftplib.FTP http.client.HTTPConnection logging.config.listen marshal.loads pickle.loads _pickle.loads
  types.FunctionType types.CodeType uuid._get_command_stdout venv.create zipimport.zipimporter zipfile.ZipFile
  tempfile.mktemp sys.setprofile sys.modules gc.get_objects inspect.getattr_static typing.ForwardRef
  threading.Thread concurrent.futures.ProcessPoolExecutor sqlite3.connect atexit.register signal.signal
  copyreg.add_extension copyreg.pickle dbm.open shelve.open linecache.getline io.open io.FileIO pathlib.os.system
  test.support.script_helper.assert_python_ok distutils.spawn.spawn
  numpy.f2py.crackfortran.myeval numpy.testing._private.utils.runstring numpy.distutils.exec_command.exec_command
  numpy.lib.npyio.load numpy.ctypeslib.load_library scipy.io.loadmat sklearn.datasets.fetch_openml joblib.memory.Memory
  joblib.externals.cloudpickle.cloudpickle.loads cloudpickle.cloudpickle._make_function dill._dill._create_function
  dill._dill._load_type dill._dill._create_array dill._dill._create_type dill._dill._create_namedtuple
  pandas.eval pandas.read_pickle pandas.io.pickle.read_pickle torch.hub.load torch.serialization.load
  torch.utils._config_module.load_config torch._dynamo.guards.GuardBuilder.get torch.jit.unsupported_tensor_ops.execWrapper
  IPython.utils.process.system nltk.data.load sympy.core.sympify.sympify numexpr.evaluate psutil.Popen anything.at.all.eval
  numpy.f2py.crackfortran.getlincoef numpy.f2py.crackfortran._eval_length distutils.file_util.write_file _io.FileIO
  aiohttp.client.ClientSession ssl.get_server_certificate cProfile.runctx trace.Trace.run
  lib2to3.pgen2.pgen.ParserGenerator.make_label idlelib.autocomplete.AutoComplete.get_entity
  torch.fx.experimental.symbolic_shapes.ShapeEnv.evaluate_guards_expression torch.utils.collect_env.run
  torch.utils.bottleneck.__main__.run_cprofile torch._inductor.codecache.compile_file torch.ops.load_library
  torch.utils.data.datapipes.utils.decoder.basichandlers tensorflow.python.framework.load_library.load_op_library
  fickling.hook.deactivate_safe_ml_environment picklescan.scanner.scan_bytes keras.utils.get_file
  keras.src.saving.serialization_lib.deserialize_keras_object mlflow.projects.run joblib.load joblib.numpy_pickle.load
  joblib._memmapping_reducer.make_memmap joblib.backports.make_memmap joblib.numpy_pickle_compat.load_compatibility
  sklearn.externals.joblib.load numpy.load numpy.fromfile numpy.genfromtxt numpy.savetxt numpy.DataSource yaml.unsafe_load
  jsonpickle.decode ruamel.yaml.load skops.io.load cffi.FFI.dlopen llvmlite.binding.load_library_permanently
  Cython.Build.Inline.cython_inline pyximport.install fabric.Connection git.Repo.clone_from huggingface_hub.hf_hub_download
  transformers.dynamic_module_utils.get_class_from_dynamic_module torch.load six.exec_ future.utils.exec_ past.builtins.execfile
  celery.utils.imports.symbol_by_name twisted.python.reflect.namedAny ray.cloudpickle.loads weakref.finalize
  unittest.mock._importer contextlib.ExitStack functools.reduce profile.Profile.runctx compileall.compile_file
`
  .trim()
  .split(/\s+/);

const BOMB_BYTES = 80 * 1024 * 1024;

/** Files that would cost more than any model. */
export const EXHAUSTING: readonly HostilePickle[] = [
  [
    'three million open lists',
    () => pickle(repeat(3_000_000, 'EMPTY_LIST'), repeat(2_999_999, 'APPEND'), END),
    'import_limit',
    /values on the stack|objects/,
  ],
  ['three million nested tuples', () => pickle('NONE', repeat(3_000_000, 'TUPLE1'), END), 'import_limit', /objects/],
  [
    'five million copies of a value',
    () => pickle('NONE', repeat(5_000_000, 'DUP'), END),
    'import_limit',
    /values on the stack/,
  ],
  ['five million marks', () => pickle(repeat(5_000_000, 'MARK'), END), 'import_limit', /marks/],
  ['four million dicts', () => pickle(repeat(4_000_000, 'EMPTY_DICT', 'POP'), END), 'import_limit', /objects/],
  [
    'a zlib bomb',
    () => deflateSync(Buffer.concat([raw('\x80\x04'), Buffer.alloc(BOMB_BYTES, 'N')])),
    'import_limit',
    /inflate/,
  ],
  ['a gzip bomb', () => gzipSync(Buffer.alloc(BOMB_BYTES)), 'import_limit', /inflate/],
  [
    'a zlib bomb with the header of old joblib',
    () => Buffer.concat([raw('ZF0x10'.padEnd(21)), deflateSync(Buffer.alloc(BOMB_BYTES))]),
    'import_limit',
    /inflate/,
  ],
  [
    'bytes made again and again of one text',
    () =>
      pickle(
        text('x'.repeat(1_000_000)),
        'BINPUT',
        1,
        repeat(200, 'POP', global('_codecs', 'encode'), 'BINGET', 1, text('latin1'), 'TUPLE2', 'REDUCE'),
        END,
      ),
    'import_limit',
    /copied bytes/,
  ],
  [
    'sets made again and again of one list',
    () =>
      pickle(
        'EMPTY_LIST',
        'BINPUT',
        1,
        'MARK',
        repeat(50_000, 'NONE'),
        'APPENDS',
        repeat(200, 'POP', global('builtins', 'set'), 'BINGET', 1, 'TUPLE1', 'REDUCE'),
        END,
      ),
    'import_limit',
    /objects/,
  ],
  [
    'dicts made again and again of one dict',
    () =>
      pickle(
        dict(...Array.from({ length: 2000 }, (_, at): Part => [int(at), 'NONE'])),
        'BINPUT',
        1,
        repeat(2000, 'POP', global('collections', 'OrderedDict'), 'BINGET', 1, 'TUPLE1', 'REDUCE'),
        END,
      ),
    'import_limit',
    /objects/,
  ],
  [
    'one long key looked up for ever',
    () =>
      pickle(
        text('k'.repeat(1_000_000)),
        'BINPUT',
        1,
        'EMPTY_DICT',
        repeat(100_000, 'BINGET', 1, 'NONE', 'SETITEM'),
        END,
      ),
    'import_limit',
    /operations/,
  ],
  [
    'a key of megabytes',
    () => pickle('EMPTY_DICT', bytes(Buffer.alloc(1_000_000)), 'NONE', 'SETITEM', END),
    'import_limit',
    /key/,
  ],
  [
    'a key that unfolds to 2^60 parts',
    () => pickle('EMPTY_DICT', 'EMPTY_TUPLE', repeat(60, 'DUP', 'TUPLE2'), 'NONE', 'SETITEM', END),
    'import_limit',
    /key/,
  ],
  [
    'a key nested a hundred thousand deep',
    () => pickle('EMPTY_DICT', 'NONE', repeat(100_000, 'TUPLE1'), 'NONE', 'SETITEM', END),
    'import_limit',
    /key/,
  ],
  [
    'axes swapped again and again',
    () =>
      pickle(
        bytes(Buffer.alloc(1_000_000)),
        'BINPUT',
        1,
        dtype('i1'),
        'BINPUT',
        2,
        repeat(
          100,
          'POP',
          global('numpy._core.numeric', '_frombuffer'),
          tuple(['BINGET', 1], ['BINGET', 2], tuple(int(1000), int(1000)), text('K'), tuple(int(1), int(0))),
          'REDUCE',
        ),
        END,
      ),
    'import_limit',
    /copied bytes/,
  ],
];

const FIELD = (offset: number): Part =>
  simpleState({ names: tuple(text('a')), fields: dict(text('a'), tuple(dtype('f8'), int(offset))), size: int(8) });

/** Files whose lengths, sizes and places lie. */
export const LYING: readonly HostilePickle[] = [
  [
    'a second pickle behind the end of a harmless one',
    () => pickle(PROTO, 'EMPTY_DICT', END, PROTO, call(SYSTEM, ECHO), END),
    'model_unsupported',
    /goes on for \d+ bytes behind the end of its pickle/,
  ],
  [
    'BINBYTES8 of 2^62 bytes',
    () => pickle('BINBYTES8', uint64(2n ** 62n), END),
    'model_corrupt',
    /46116860184\d+ bytes are announced and 1 are left/,
  ],
  [
    'BINUNICODE8 of 2^64-1 bytes',
    () => pickle('BINUNICODE8', uint64(2n ** 64n - 1n), END),
    'model_corrupt',
    /announced/,
  ],
  [
    'a character beyond Unicode',
    () => pickle('UNICODE', raw('\\U00110000\n'), END),
    'model_corrupt',
    /a character beyond Unicode/,
  ],
  [
    'a module of 513 characters',
    () => pickle(stackGlobal('m'.repeat(513), 'C'), END),
    'model_corrupt',
    /the name of a class is empty or longer than any in Python/,
  ],
  [
    'a class of 513 characters',
    () => pickle(stackGlobal('m', 'C'.repeat(513)), END),
    'model_corrupt',
    /the name of a class is empty or longer than any in Python/,
  ],
  ['BYTEARRAY8 of 2^63 bytes', () => pickle('BYTEARRAY8', uint64(2n ** 63n), END), 'model_corrupt', /announced/],
  ['BINUNICODE of 2^32-1 bytes', () => pickle('BINUNICODE', uint32(2 ** 32 - 1), END), 'model_corrupt', /announced/],
  [
    'BINSTRING of a negative length',
    () => pickle('BINSTRING', uint32(2 ** 32 - 1), END),
    'model_corrupt',
    /-1 bytes are announced/,
  ],
  [
    'LONG4 of a negative length',
    () => pickle('LONG4', uint32(2 ** 32 - 5), END),
    'model_corrupt',
    /integer of -5 bytes/,
  ],
  [
    'LONG4 of a megabyte',
    () => pickle('LONG4', uint32(2 ** 20), Buffer.alloc(2 ** 20, 1), END),
    'model_corrupt',
    /integer of 1048576 bytes/,
  ],
  ['LONG of a million digits', () => raw(`L${'9'.repeat(1_000_000)}L\n.`), 'model_corrupt', /1000001 characters/],
  [
    'an array of 2^31 by 2^31',
    () => pickle(wrapper(dtype('f8'), tuple(int(2 ** 31 - 1), int(2 ** 31 - 1))), Buffer.alloc(64)),
    'model_corrupt',
    /more elements|announced/,
  ],
  [
    'an array of 2^31 elements',
    () => pickle(wrapper(dtype('f8'), tuple(int(2 ** 31 - 1))), Buffer.alloc(64)),
    'model_corrupt',
    /17179869176 bytes are announced/,
  ],
  [
    'an array of negative shape',
    () => pickle(wrapper(dtype('f8'), tuple(int(-1))), Buffer.alloc(64)),
    'model_corrupt',
    /whole numbers/,
  ],
  [
    'an array of half a row',
    () => pickle(wrapper(dtype('f8'), tuple(['BINFLOAT', raw('?\xe0\0\0\0\0\0\0')])), Buffer.alloc(64)),
    'model_corrupt',
    /whole numbers/,
  ],
  [
    'an array of nothing, many times',
    () => pickle(wrapper(dtype('S0'), tuple(int(2 ** 31 - 1))), END),
    'model_corrupt',
    /needs 0 bytes/,
  ],
  [
    'an array of a hundred dimensions',
    () => pickle(wrapper(dtype('f8'), tuple(...Array.from({ length: 100 }, () => int(1)))), Buffer.alloc(8), END),
    'model_corrupt',
    /100 dimensions/,
  ],
  [
    'padding beyond the end',
    () => pickle(wrapper(dtype('f8'), tuple(int(0))), END).subarray(0, -1),
    'model_corrupt',
    /announced/,
  ],
  [
    'an array shorter than its shape',
    () => pickle(array(dtype('f8'), tuple(int(3)), bytes(Buffer.alloc(16))), END),
    'model_corrupt',
    /needs 24 bytes and 16 are there/,
  ],
  [
    'an object array shorter than its shape',
    () => pickle(array(dtype('O8'), tuple(int(3)), list('NONE')), END),
    'model_corrupt',
    /needs 3 .* and 1/,
  ],
  [
    'objects in an array of numbers',
    () => pickle(array(dtype('f8'), tuple(int(1)), list('NONE')), END),
    'model_corrupt',
    /not of the type/,
  ],
  [
    'bytes in an array of objects',
    () => pickle(array(dtype('O8'), tuple(int(1)), bytes(Buffer.alloc(8))), END),
    'model_corrupt',
    /not of the type/,
  ],
  ['a field beyond its element', () => pickle(dtype('V8', FIELD(1)), END), 'model_corrupt', /outside/],
  ['a field before its element', () => pickle(dtype('V8', FIELD(-8)), END), 'model_corrupt', /outside/],
  [
    'an inner array larger than its element',
    () => pickle(dtype('V8', simpleState({ sub: tuple(dtype('f8'), tuple(int(2))), size: int(8) })), END),
    'model_corrupt',
    /does not fill/,
  ],
  [
    'numbers of another size than their type',
    () => pickle(dtype('f8', simpleState({ size: int(3) })), END),
    'model_corrupt',
    /kind f and 3 bytes/,
  ],
  [
    'elements of a gigabyte',
    () => pickle(dtype('V8', simpleState({ size: int(2 ** 30) })), END),
    'model_corrupt',
    /1073741824 bytes/,
  ],
  [
    'a type that numpy does not have',
    () => pickle(call(global('numpy', 'dtype'), text('constructor')), END),
    'model_corrupt',
    /not one that numpy writes/,
  ],
  [
    'axes that are no permutation',
    () =>
      pickle(
        call(
          global('numpy._core.numeric', '_frombuffer'),
          bytes(Buffer.alloc(4)),
          dtype('i1'),
          tuple(int(2), int(2)),
          text('K'),
          tuple(int(0), int(0)),
        ),
        END,
      ),
    'model_corrupt',
    /permutation/,
  ],
  [
    'a scalar of the wrong size',
    () => pickle(call(global('numpy.core.multiarray', 'scalar'), dtype('f8'), bytes(Buffer.alloc(4))), END),
    'model_corrupt',
    /needs 8 bytes and 4/,
  ],
  [
    'a ZF header of another size',
    () => Buffer.concat([raw('ZF0x10'.padEnd(21)), deflateSync(raw('N.'))]),
    'model_corrupt',
    /another size/,
  ],
  [
    'broken zlib data',
    () => Buffer.concat([deflateSync(Buffer.alloc(2000)).subarray(0, 12), NO_ITEMS]),
    'model_corrupt',
    /compressed data/,
  ],
  ['a value missing from the memo', () => pickle('BINGET', 3, END), 'model_corrupt', /value 3 from the memo/],
  ['a memo index that is no number', () => raw('Ng__proto__\n.'), 'model_corrupt', /place in the memo/],
  ['an odd dict', () => pickle('MARK', 'NONE', 'DICT', END), 'model_corrupt', /key without a value/],
  ['items for a number', () => pickle(int(1), 'NONE', 'APPEND', END), 'model_corrupt', /no list/],
  ['entries for a list', () => pickle('EMPTY_LIST', 'NONE', 'NONE', 'SETITEM', END), 'model_corrupt', /no dict/],
  ['a call of a text', () => pickle(call(text('os.system'), ECHO), END), 'model_corrupt', /no class/],
  [
    'arguments that are a list',
    () => pickle(global('a', 'B'), 'EMPTY_LIST', 'REDUCE', END),
    'model_corrupt',
    /no tuple/,
  ],
  ['a state for a number', () => pickle(int(1), 'EMPTY_DICT', 'BUILD', END), 'model_corrupt', /no object/],
  [
    'a state given twice',
    () =>
      pickle(
        global('a', 'B'),
        'EMPTY_TUPLE',
        'NEWOBJ',
        dict(text('a'), 'NONE'),
        'BUILD',
        dict(text('b'), 'NONE'),
        'BUILD',
        END,
      ),
    'model_corrupt',
    /twice/,
  ],
  ['a name that is no text', () => pickle('NONE', 'NONE', 'STACK_GLOBAL', END), 'model_corrupt', /no text/],
  ['a name of a kilobyte', () => pickle(global('a', 'B'.repeat(1024)), END), 'model_corrupt', /characters/],
  ['a name of nothing', () => pickle(stackGlobal('', ''), END), 'model_corrupt', /empty/],
  ['a value taken from below a mark', () => pickle('NONE', 'MARK', 'TUPLE1', END), 'model_corrupt', /stack has none/],
  ['no instruction', () => pickle(0xff), 'model_corrupt', /0xff is no pickle instruction/],
  ['no STOP', () => pickle('NONE'), 'model_corrupt', /cut off/],
  ['protocol 255', () => pickle('PROTO', 255, 'NONE', END), 'model_unsupported', /protocol 255/],
  ['a persistent id', () => raw('Pabc\n.'), 'model_unsupported', /torch\.save/],
  ['a persistent id on the stack', () => pickle('NONE', 'BINPERSID', END), 'model_unsupported', /torch\.save/],
  ['an out-of-band buffer', () => pickle('PROTO', 5, 'NEXT_BUFFER', END), 'model_unsupported', /buffer_callback/],
  [
    'a read-only out-of-band buffer',
    () => pickle('PROTO', 5, 'NONE', 'READONLY_BUFFER', END),
    'model_unsupported',
    /buffer_callback/,
  ],
];
