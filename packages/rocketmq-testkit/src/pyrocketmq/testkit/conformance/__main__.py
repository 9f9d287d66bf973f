"""The command: runs the suite and prints its report."""

from __future__ import annotations

import argparse
import sys

from pyrocketmq.testkit.conformance.data import RECORDED_VERSIONS, load_cases
from pyrocketmq.testkit.conformance.suite import AT_ONCE, SETTINGS, Target, run_on_fakes, run_suite

_EPILOG = f"""\
Without addresses the suite runs on the fake broker, in both versions that it plays. Your own broker should be one that
nobody else uses, with {", ".join(f"{name}={value}" for name, value in SETTINGS.items())} and defaultTopicQueueNums=8.
"""


def main() -> int:
    """Run the command; returns 0 if everything agreed, 1 if not."""
    parser = argparse.ArgumentParser(
        prog="python -m pyrocketmq.testkit.conformance",
        description="Play the conformance cases on a broker and compare its answers, whole, with recorded ones.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--broker", metavar="HOST:PORT", help="the broker")
    parser.add_argument("--namesrv", metavar="HOST:PORT", help="its NameServer")
    parser.add_argument("--version", metavar="VERSION", help="the broker's version, such as 5.4.0")
    parser.add_argument("--broker-name", default="broker-a", metavar="NAME")
    parser.add_argument("--cluster-name", default="DefaultCluster", metavar="NAME")
    parser.add_argument(
        "--property", action="append", default=[], metavar="NAME=VALUE", help="a further property the broker has"
    )
    parser.add_argument("--case", action="append", default=[], metavar="ID", help="only these cases, or areas")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, metavar="N", help="cases at once (%(default)s)")
    options = parser.parse_args()
    wanted = set(options.case)
    cases = [case for case in load_cases() if not wanted or case.case_id in wanted or case.area in wanted]
    broker: str | None = options.broker
    namesrv: str | None = options.namesrv
    version: str | None = options.version
    if broker is None and namesrv is None:
        versions = RECORDED_VERSIONS if version is None else (version,)
        reports = [run_on_fakes(version, cases) for version in versions]
    elif broker is None or namesrv is None or version is None:
        parser.error("--broker, --namesrv and --version belong together")
    else:
        target = Target(
            version=version,
            broker=broker,
            namesrv=namesrv,
            broker_name=options.broker_name,
            cluster_name=options.cluster_name,
            properties=dict(text.partition("=")[::2] for text in options.property),
        )
        reports = [run_suite(target, cases, at_once=options.at_once)]
    for report in reports:
        print(report)
    return int(any(report.failures or report.left_out for report in reports))


if __name__ == "__main__":
    sys.exit(main())
