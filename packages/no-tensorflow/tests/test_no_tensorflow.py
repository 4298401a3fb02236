"""What the stand-ins allow, what they refuse, and when they keep out of the way."""

from __future__ import annotations

import abc
import ast
import copy
import doctest
import importlib.metadata
import importlib.util
import inspect
import os
import pickle
import socket
import subprocess
import sys
import textwrap
import typing
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

import pytest

import no_tensorflow
from no_tensorflow import MODULES, StandInFinder, TensorFlowNotInstalled

pytestmark = pytest.mark.skipif(
    PathFinder.find_spec("tensorflow") is not None,
    reason="the real TensorFlow is installed (extra `diet`)",
)

FAMILY = {module.partition(".")[0] for module in MODULES} | {"tensorflow_addons"}


@pytest.fixture
def tf() -> Any:
    return importlib.import_module("tensorflow")


def python(
    code: str, *options: str, path: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `code` in an interpreter of its own, with `path` before everything installed."""
    variables = {"RASA_TELEMETRY_ENABLED": "false", **environment}
    if path:
        variables["PYTHONPATH"] = str(path)
    return subprocess.run(
        [sys.executable, *options, "-c", textwrap.dedent(code)],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )


def output(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


class TestNaming:
    def test_every_module_can_be_imported(self) -> None:
        for module in MODULES:
            assert importlib.import_module(module).__name__ == module

    def test_usual_import_statements(self) -> None:
        code = """
            import tensorflow as tf
            import tensorflow.keras.backend as K
            from keras import Model
            from tensorflow import Tensor, TensorShape, config
            from tensorflow.keras import backend
            from tensorflow.python.eager.wrap_function import WrappedFunction
            assert tf.keras.backend is K is backend and tf.Tensor is Tensor
        """
        output(python(code))

    def test_one_object_per_name(self, tf: Any) -> None:
        assert tf.keras.layers.Dense is tf.keras.layers.Dense
        assert tf.Tensor is not tf.RaggedTensor

    def test_names_tell_what_they_stand_for(self, tf: Any) -> None:
        assert tf.__version__ == "0+not.installed"
        assert tf.keras.layers.Dense.__name__ == "Dense"
        assert repr(tf.keras.layers.Dense) == "<stand-in for tensorflow.keras.layers.Dense>"

    def test_base_class(self, tf: Any) -> None:
        class Layer(tf.keras.layers.Layer, abc.ABC):  # type: ignore[misc]
            factor = 2

            @abc.abstractmethod
            def run(self) -> None: ...

        assert issubclass(Layer, tf.keras.layers.Layer)
        assert Layer.factor == 2
        # It has what it was given; only the stand-ins themselves make attributes up.
        assert not hasattr(Layer, "weights")
        assert "Layer" in repr(Layer)

    def test_annotations(self, tf: Any) -> None:
        def function(a: tf.Tensor, b: tf.Tensor | None, c: dict[str, tf.Tensor]) -> None: ...

        function.__annotations__["a"] = "tf.Tensor"
        hints = typing.get_type_hints(function, {"tf": tf}, {"tf": tf})
        assert hints["a"] is tf.Tensor
        assert typing.get_args(hints["b"]) == (tf.Tensor, type(None))
        assert typing.Union[tf.Tensor, int]  # noqa: UP007

    def test_isinstance(self, tf: Any) -> None:
        for thing in (None, 1, "a", tf, tf.Variable, object()):
            assert not isinstance(thing, tf.Tensor)
        assert isinstance(tf.Tensor, type)

    def test_except(self, tf: Any) -> None:
        with pytest.raises(ZeroDivisionError):
            try:
                _ = 1 / 0
            except (tf.errors.NotFoundError, tf.errors.ResourceExhaustedError):
                pytest.fail("caught what it does not stand for")

    def test_decorator(self, tf: Any) -> None:
        @tf.function  # type: ignore[untyped-decorator]
        def plain() -> int:
            return 1

        @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
        def with_options() -> Any:
            return tf.constant(1)

        assert plain() == 1
        with pytest.raises(TensorFlowNotInstalled, match=r"tensorflow\.constant"):
            with_options()


class TestUsing:
    @pytest.mark.parametrize(
        "expression",
        [
            "tf.constant(1)",
            "tf.keras.layers.Dense(8)",
            "tf.keras.Sequential([])",
            "tf.math.reduce_sum([1, 2])",
            "tf.random.normal((2, 2))",
            "tf.config.set_visible_devices([])",
            "tf.errors.NotFoundError(None, None, 'x')",
            "tf.keras.backend.floatx()",
        ],
    )
    def test_raises_and_names_what_was_needed(self, tf: Any, expression: str) -> None:
        name = expression.partition("(")[0].replace("tf.", "tensorflow.")
        with pytest.raises(TensorFlowNotInstalled) as caught:
            eval(expression, {"tf": tf})
        assert caught.value.needed == f"`{name}`"
        assert "uv sync --extra diet" in str(caught.value)
        assert "DIETClassifier" in str(caught.value)

    def test_subclass_names_itself_and_its_base(self, tf: Any) -> None:
        class Network(tf.keras.Model):  # type: ignore[misc]
            pass

        with pytest.raises(TensorFlowNotInstalled, match=r"Network` \(a `tensorflow\.keras\.Model"):
            Network()

    def test_is_an_import_error(self, tf: Any) -> None:
        with pytest.raises(ModuleNotFoundError) as caught:
            tf.constant(1)
        assert caught.value.name == "tensorflow"

    def test_operators_are_refused_too(self, tf: Any) -> None:
        for operation in (
            lambda: tf.pi + 1,
            lambda: tf.pi[0],
            lambda: len(tf.pi),
            lambda: [*tf.pi],
        ):
            with pytest.raises(TypeError):
                operation()

    def test_error_survives_pickling(self, tf: Any) -> None:
        error = pickle.loads(pickle.dumps(TensorFlowNotInstalled("`tensorflow.x`")))
        assert (error.needed, error.name) == ("`tensorflow.x`", "tensorflow")
        assert str(error).count("needs TensorFlow") == 1

    def test_rasa_takes_the_error_for_one_of_its_own(self) -> None:
        code = """
            import pickle
            import tensorflow as tf
            from no_tensorflow import TensorFlowNotInstalled
            from rasa.shared.exceptions import RasaException
            try:
                tf.constant(1)
            except TensorFlowNotInstalled as error:
                assert isinstance(error, RasaException)
                assert type(pickle.loads(pickle.dumps(error))) is TensorFlowNotInstalled
                print(type(error).__name__)
        """
        assert output(python(code)) == "TensorFlowNotInstalled"

    def test_what_rasa_calls_at_start_is_answered(self, tf: Any) -> None:
        assert tf.config.list_physical_devices("GPU") == []
        assert tf.random.set_seed(1) is None
        assert tf.config.threading.set_inter_op_parallelism_threads(1) is None
        assert tf.config.threading.set_intra_op_parallelism_threads(1) is None


class TestProbing:
    """Libraries look at every object for special names; the honest answer is "no such name"."""

    @pytest.fixture(params=["tensorflow", "tensorflow.Tensor", "tensorflow.keras.layers.Dense"])
    def thing(self, request: pytest.FixtureRequest, tf: Any) -> Any:
        return eval(request.param.replace("tensorflow", "tf"), {"tf": tf})

    @pytest.mark.parametrize(
        "name",
        [
            "__wrapped__",
            "__file__",
            "__iter__",
            "__len__",
            "__array__",
            "__dask_graph__",
            "_mock_x",
        ],
    )
    def test_special_names_are_missing(self, thing: Any, name: str) -> None:
        assert not hasattr(thing, name)

    def test_inspect(self, tf: Any, thing: Any) -> None:
        assert inspect.unwrap(thing) is thing
        assert isinstance(inspect.getmembers(thing), list)
        assert getattr(inspect.getmodule(tf.Tensor), "__name__", None) == "tensorflow"
        assert inspect.signature(tf.Tensor)
        with pytest.raises(TypeError):
            inspect.getsourcefile(thing)

    def test_doctest(self, tf: Any) -> None:
        assert [test.examples for test in doctest.DocTestFinder().find(tf)] == [[]]

    def test_copy_and_pickle(self, tf: Any) -> None:
        for thing in (tf.Tensor, tf.keras.layers.Dense, tf.errors.NotFoundError):
            assert copy.copy(thing) is thing
            assert copy.deepcopy({"a": [thing]}) == {"a": [thing]}
            assert pickle.loads(pickle.dumps(thing)) is thing

    def test_jsonpickle(self, tf: Any) -> None:
        jsonpickle = pytest.importorskip("jsonpickle")
        encoded = jsonpickle.encode({"class": tf.keras.layers.Dense})
        assert jsonpickle.decode(encoded) == {"class": tf.keras.layers.Dense}

    def test_dask(self, tf: Any) -> None:
        dask = pytest.importorskip("dask.base")
        assert not dask.is_dask_collection(tf.Tensor)
        assert dask.tokenize(tf.Tensor) == dask.tokenize(tf.Tensor)

    def test_truth_and_hash(self, thing: Any) -> None:
        assert thing
        assert {thing: 1}[thing] == 1


class TestKeepingOutOfTheWay:
    @pytest.fixture
    def site(self, tmp_path: Path) -> Path:
        """A folder that holds another `tensorflow`, with one submodule."""
        package = tmp_path / "tensorflow"
        package.mkdir()
        (package / "__init__.py").write_text("__version__ = '2.12.0'\ndef constant(x): return x\n")
        (package / "types.py").write_text("real = True\n")
        return tmp_path

    def test_real_module_wins(self, site: Path) -> None:
        code = """
            import tensorflow as tf, tensorflow.types
            print(tf.__version__, tf.constant(7), tensorflow.types.real)
        """
        assert output(python(code, path=site)) == "2.12.0 7 True"

    @pytest.mark.parametrize("module", ["tensorflow.keras", "keras", "tensorflow_hub"])
    def test_real_module_is_not_patched_up(self, site: Path, module: str) -> None:
        result = python(f"import tensorflow\nimport {module}", path=site)
        assert f"No module named '{module}'" in result.stderr

    def test_another_keras_wins_alone(self, tmp_path: Path) -> None:
        (tmp_path / "keras.py").write_text("__version__ = '3'\n")
        assert output(python("import keras; print(keras.__version__)", path=tmp_path)) == "3"

    @pytest.mark.parametrize("module", ["tensorflow.experimental.dlpack", "tensorflow_addons"])
    def test_modules_that_rasa_does_not_import_are_missing(self, module: str) -> None:
        result = python(f"import tensorflow\nimport {module}")
        assert result.stderr.rstrip().splitlines()[-1].startswith("ModuleNotFoundError")

    def test_no_distribution_pretends_to_be_installed(self) -> None:
        with pytest.raises(importlib.metadata.PackageNotFoundError):
            importlib.metadata.version("tensorflow")

    def test_spacy_does_not_see_a_tensorflow(self) -> None:
        code = "import tensorflow, thinc.compat; print(thinc.compat.has_tensorflow)"
        assert output(python(code)) == "False"


class TestStart:
    def test_finder_is_there_at_start_and_last(self) -> None:
        code = "import sys; print(type(sys.meta_path[-1]).__name__)"
        assert output(python(code)) == "StandInFinder"

    def test_installing_twice_adds_nothing(self) -> None:
        no_tensorflow.install()
        no_tensorflow.install()
        assert sum(isinstance(finder, StandInFinder) for finder in sys.meta_path) == 1

    def test_costs_one_small_module(self) -> None:
        folder = Path(no_tensorflow.__file__).parent.parent
        code = f"""
            import sys
            before = set(sys.modules)
            sys.path.append({str(folder)!r})
            import no_tensorflow
            no_tensorflow.install()
            print(*sorted(set(sys.modules) - before))
        """
        # Without site-packages, so that nothing else has been imported before.
        loaded = output(python(code, "-I", "-S")).split()
        assert set(loaded) <= {"__future__", "no_tensorflow"}

    def test_stand_ins_wait_until_asked_for(self) -> None:
        code = "import sys; print('no_tensorflow.standins' in sys.modules)"
        assert output(python(code)) == "False"


def imports_of_the_family(folder: Path) -> Iterator[tuple[Path, str]]:
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            else:
                continue
            yield from ((file, name) for name in names if name.partition(".")[0] in FAMILY)


class TestRasa:
    def test_every_module_rasa_imports_is_served_and_no_other(self) -> None:
        spec = importlib.util.find_spec("rasa")
        assert spec is not None and spec.submodule_search_locations
        folder = Path(spec.submodule_search_locations[0])
        imported = {name for _, name in imports_of_the_family(folder)}
        parents = {
            ".".join(name.split(".")[:depth])
            for name in imported
            for depth in range(1, name.count(".") + 1)
        }
        assert imported | parents == MODULES

    def test_agent_and_every_component_can_be_imported(self) -> None:
        code = """
            import rasa.core.agent
            import rasa.core.test
            import rasa.nlu.test
            from rasa.engine.recipes.default_components import DEFAULT_COMPONENTS
            print(*sorted(component.__name__ for component in DEFAULT_COMPONENTS))
        """
        names = output(python(code)).split()
        assert {"DIETClassifier", "TEDPolicy", "RulePolicy", "LanguageModelFeaturizer"} <= {*names}

    def test_thread_and_gpu_settings_do_not_stop_the_command_line(self) -> None:
        code = """
            import sys
            from rasa.__main__ import main
            sys.argv = ["rasa", "--version"]
            main()
        """
        result = python(
            code,
            TF_INTER_OP_PARALLELISM_THREADS="1",
            TF_INTRA_OP_PARALLELISM_THREADS="1",
            TF_GPU_MEMORY_ALLOC="0:100",
        )
        assert "Rasa Version" in output(result)
        assert "no GPUs were detected" in result.stderr


PIPELINE = """
recipe: default.v1
assistant_id: tiny
language: en
pipeline:
- name: WhitespaceTokenizer
- name: CountVectorsFeaturizer
- name: KeywordIntentClassifier
policies:
- name: MemoizationPolicy
- name: RulePolicy
"""
DIET = """
recipe: default.v1
assistant_id: tiny
language: en
pipeline:
- name: WhitespaceTokenizer
- name: CountVectorsFeaturizer
- name: DIETClassifier
  random_seed: 1
  epochs: 1
policies:
- name: RulePolicy
"""
DOMAIN = """
version: "3.1"
intents: [greet, bye]
responses:
  utter_hi: [{text: Hi}]
  utter_bye: [{text: Bye}]
"""
DATA = """
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - good morning
- intent: bye
  examples: |
    - bye
    - see you
rules:
- rule: greet
  steps: [{intent: greet}, {action: utter_hi}]
stories:
- story: both
  steps: [{intent: greet}, {action: utter_hi}, {intent: bye}, {action: utter_bye}]
"""
TEST_STORIES = """
version: "3.1"
stories:
- story: both
  steps:
  - {user: hello, intent: greet}
  - {action: utter_hi}
  - {user: bye, intent: bye}
  - {action: utter_bye}
"""


@pytest.mark.slow
class TestRasaProject:
    @pytest.fixture(scope="class")
    def project(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        folder = tmp_path_factory.mktemp("project")
        for name, text in {
            "config.yml": PIPELINE,
            "diet.yml": DIET,
            "domain.yml": DOMAIN,
            "data/all.yml": DATA,
            "tests/test_stories.yml": TEST_STORIES,
        }.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        result = self.rasa(folder, "train")
        assert result.returncode == 0, result.stderr
        return folder

    @staticmethod
    def rasa(
        folder: Path, *arguments: str, typed: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "rasa", *arguments],
            cwd=folder,
            env={**os.environ, "RASA_TELEMETRY_ENABLED": "false"},
            input=typed,
            capture_output=True,
            text=True,
            timeout=180,
        )

    @pytest.mark.parametrize(
        "command", ["data validate", "test nlu", "test core", "visualize"], ids=str
    )
    def test_command(self, project: Path, command: str) -> None:
        result = self.rasa(project, *command.split())
        assert result.returncode == 0, result.stderr
        assert "Traceback" not in result.stderr

    def test_shell(self, project: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        result = self.rasa(project, "shell", "--port", port, typed="hello\n/stop\n")
        assert "Hi" in result.stdout

    def test_agent_answers(self, project: Path) -> None:
        code = f"""
            import asyncio
            from rasa.core.agent import load_agent

            async def talk():
                agent = await load_agent(model_path={str(project / "models")!r})
                return await agent.handle_text("hello", sender_id="someone")

            print(asyncio.run(talk()))
        """
        lines = output(python(code)).splitlines()
        assert lines[-1] == "[{'recipient_id': 'someone', 'text': 'Hi'}]"

    def test_component_that_needs_tensorflow_says_so_in_one_line(self, project: Path) -> None:
        result = self.rasa(project, "train", "nlu", "--config", "diet.yml", "--out", "other")
        assert result.returncode != 0
        assert "Traceback" not in result.stdout + result.stderr
        said = result.stdout + result.stderr
        assert "TensorFlowNotInstalled: `rasa.nlu.classifiers.diet_classifier.DIET`" in said
        assert "uv sync --extra diet" in said
