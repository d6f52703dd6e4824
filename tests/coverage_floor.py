"""A plugin of pytest: the law itself may have no line and no branch that no test has taken."""

from collections.abc import Generator
from io import StringIO

import pytest
from coverage import Coverage
from coverage.exceptions import NoDataError

_REPORT = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds --domain-floor, in percent of lines and branches."""
    parser.addoption("--domain-floor", type=float, help="least coverage of domain/, in percent")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Fails the run if, after all tests, domain/ is covered less than asked."""
    outcome = yield
    floor = session.config.getoption("--domain-floor")
    if floor is None or hasattr(session.config, "workerinput"):
        return outcome
    report = StringIO()
    covered = _coverage_of_domain(report)
    if covered < floor:
        session.testsfailed += 1
        session.config.stash[_REPORT] = (
            f"{report.getvalue()}\ndomain/ is covered to {covered:.2f} %, needs {floor:.0f} %"
        )
    return outcome


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Prints which lines of domain/ are not covered."""
    report = config.stash.get(_REPORT, None)
    if report is not None:
        terminalreporter.section("coverage of domain/")
        terminalreporter.line(report, red=True)


def _coverage_of_domain(report: StringIO) -> float:
    measured = Coverage()
    measured.load()
    try:
        return measured.report(include=["domain/*"], file=report, show_missing=True)
    except NoDataError:
        return 0.0
