"""pip for one job, played by uv: what is missing is installed into the job's own layer; the environment below it is never changed."""
import os
import re
import subprocess
import sys

UV = [os.environ["RUNG_UV"], "pip"]
SHARED = os.environ["RUNG_PYTHON"]
QUIET = {"UV_NO_PROGRESS": "1", "NO_COLOR": "1", "UV_PYTHON_DOWNLOADS": "never"}
# What pip takes, and uv neither needs nor knows.
LEFT_OUT = {"--user", "--no-input", "--disable-pip-version-check", "--yes", "-y", "--no-warn-script-location"}


def uv(*arguments, **options):
    return subprocess.run([*UV, *arguments], env={**os.environ, **QUIET}, text=True, **options)


def install(arguments):
    common = ["--no-config", "--python"]
    told = [each for each in arguments if not re.fullmatch("-q+|--quiet", each)]
    plan = uv("install", "--dry-run", *common, SHARED, *told, stderr=subprocess.PIPE)
    if plan.returncode != 0:
        sys.stderr.write(plan.stderr)
        return plan.returncode
    missing = re.findall(r"^ \+ (\S+(?: @ .+)?)$", plan.stderr, re.MULTILINE)
    if not missing:
        print("Requirement already satisfied")
        return 0
    return uv("install", "--no-deps", *common, sys.executable, *missing).returncode


def main():
    command, *rest = [each for each in sys.argv[1:] if each not in LEFT_OUT] or ["list"]
    if command == "install":
        return install(rest)
    if command == "uninstall":
        # As with pip, what is not there, or lies outside of the layer, is no error.
        return uv("uninstall", "--python", sys.executable, *rest).returncode
    if command in ("--version", "-V"):
        return subprocess.run([UV[0], "--version"]).returncode
    options = [] if command.startswith("-") else ["--python", sys.executable]
    return uv(command, *options, *rest).returncode


sys.exit(main())
