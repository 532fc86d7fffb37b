#!/bin/sh
# What the jobs of `npm run chaos` run: job-program.sh HOW NAME LEDGER LINES SECONDS
# The ledger gets a line per start and per end. `>>` appends in one write, so no line is lost or torn.
how=$1; name=$2; ledger=$3; lines=$4; seconds=$5
: >> "$ledger"
# An earlier run of this job that is still alive must never be found. The pid alone would not do: the system gives it away again.
while read -r word pid; do
  [ "$word" = start ] || continue
  if tr '\0' '\n' < "/proc/$pid/cmdline" 2> /dev/null | grep -qxF "$ledger"; then echo "overlap $pid" >> "$ledger"; fi
done < "$ledger"
echo "start $$" >> "$ledger"
i=0
while [ $i -lt "$lines" ]; do i=$((i + 1)); echo "line $i of $lines"; done

finish() {
  echo "model of $name" > "$SAGEMAKER_BASE_DIR/model/model.txt"
  echo "end $$" >> "$ledger"
  exit 0
}

case $how in
  works)
    sleep "$seconds"
    finish
    ;;
  fails)
    sleep "$seconds"
    echo "the data of $name is wrong" > "$SAGEMAKER_BASE_DIR/output/failure"
    echo "end $$" >> "$ledger"
    exit 3
    ;;
  is-stopped)
    trap 'kill $sleeper; finish' TERM
    sleep 300 &
    sleeper=$!
    wait $sleeper
    ;;
esac
