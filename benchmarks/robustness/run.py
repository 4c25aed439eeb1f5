"""Make and judge the files, in processes that may crash or hang."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from benchmarks.robustness.defects import DEFECTS, Trial, plan
from benchmarks.robustness.kinds import KINDS
from benchmarks.robustness.trial import Outcome, Verdict, judge, judge_command

#: Seconds that a file may take, its making and the command's loading of models included.
PATIENCE_S: Final = 120.0
#: Every so many-th file goes through the command line, too.
COMMAND_EVERY: Final = 10
Row = tuple[str, str, str, str, Outcome, str]


def cases(files: int, seed: int) -> list[tuple[int, int, str, bool]]:
    """(defect, kind, seed of the file, whether through the command line) of each file."""
    rng = random.Random(seed)
    found = []
    for number in range(files):
        defect = number % len(DEFECTS)
        fitting = [i for i, kind in enumerate(KINDS) if DEFECTS[defect].fits(kind)]
        # In turns, so that every kind of file is met with every kind of defect before long.
        kind = fitting[(number // len(DEFECTS) + rng.randrange(len(fitting))) % len(fitting)]
        found.append((defect, kind, f"{seed}-{number}", number % COMMAND_EVERY == 3))
    return found


def examine(case: tuple[int, int, str, bool], folder: Path) -> tuple[Trial, list[Verdict]]:
    """Make one file and judge it; what FFmpeg can't make is an error of this benchmark."""
    defect, kind, seed, command = case
    place, out = folder / "in", folder / "out"
    place.mkdir()
    out.mkdir()
    trial = plan(KINDS[kind], DEFECTS[defect], random.Random(seed), place)
    verdicts = [judge(trial)]
    if command:
        verdicts.append(judge_command(trial, out))
    return trial, verdicts


def work(connection: Any) -> None:
    """In a process of its own: cases in, answers out."""
    while (asked := connection.recv()) is not None:
        case, folder = asked
        try:
            connection.send(examine(case, folder))
        except Exception as error:
            connection.send(error)


class Worker:
    """A process that examines cases, and is replaced when it hangs or dies."""

    def __init__(self) -> None:
        self._process: Any = None
        self._connection: Any = None

    def examine(self, case: tuple[int, int, str, bool]) -> list[Row]:
        defect, kind = DEFECTS[case[0]], KINDS[case[1]]
        head = (defect.group, defect.name, kind.name, f"{kind.codec} {case[2]}")
        if self._process is None:
            context = multiprocessing.get_context("spawn")
            self._connection, other = context.Pipe()
            self._process = context.Process(target=work, args=(other,), daemon=True)
            self._process.start()
            other.close()
        folder = Path(tempfile.mkdtemp(prefix="harec-robustness-"))
        try:
            self._connection.send((case, folder))
            if not self._connection.poll(PATIENCE_S):
                self.close()
                return [(*head, Outcome.CRASH, f"no answer within {PATIENCE_S:.0f} s")]
            answer = self._connection.recv()
        except (EOFError, OSError):
            code = self._process.exitcode
            self.close()
            return [(*head, Outcome.CRASH, f"the process died ({code})")]
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if isinstance(answer, Exception):
            raise RuntimeError(f"{' '.join(head)} could not be made: {answer!r}") from answer
        return [(*head, verdict.outcome, verdict.words) for verdict in answer[1]]

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._connection.close()
            self._process = None


def run(asked: list[tuple[int, int, str, bool]], jobs: int) -> list[Row]:
    """Examine all, in so many processes."""
    workers = [Worker() for _ in range(jobs)]

    def share(number: int) -> list[Row]:
        rows = []
        for case in asked[number::jobs]:
            rows += workers[number].examine(case)
        workers[number].close()
        return rows

    with ThreadPoolExecutor(jobs) as pool:
        return [row for rows in pool.map(share, range(jobs)) for row in rows]
