# Sourced by the commands beside it. `use_environment NAME MODULE...` sets PYTHON to an interpreter that has the modules:
# the one in PYTHON if that is set, else .venv, made from requirements.txt at the first use. Ends the command with status 2
# if there is none: 1 means that numbers disagree.
use_environment() {
  local name=$1 here environment
  here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
  shift
  if [[ -z ${PYTHON:-} ]]; then
    environment=$here/.venv
    # The copy of the requirements is written last: an environment that was not finished is made again.
    if ! cmp -s "$here/requirements.txt" "$environment/requirements.txt"; then
      echo "Making $environment from requirements.txt" >&2
      python3 -m venv --clear "$environment" || exit 2
      "$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt" >&2 || exit 2
      cp "$here/requirements.txt" "$environment/requirements.txt"
    fi
    PYTHON=$environment/bin/python
  fi
  "$PYTHON" - "$name" "$@" <<'CHECK' || exit 2
import importlib.util, sys
missing = [module for module in sys.argv[2:] if not importlib.util.find_spec(module)]
if missing:
    sys.exit(f"{sys.argv[1]}: {sys.executable} lacks {', '.join(missing)}: install Benchmarks/requirements.txt into it")
CHECK
}
