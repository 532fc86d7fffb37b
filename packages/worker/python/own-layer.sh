# Becomes the program that its arguments name, in a layer of Python of the job's own: what the program installs with pip stays in there, above
# the environment that all jobs share.
set -e
shared=$(ls -d "$VIRTUAL_ENV"/lib/python3*/site-packages)
layer="${TMPDIR:-/tmp}/python-layer"
site="$layer/lib/$(basename "$(dirname "$shared")")/site-packages"
mkdir -p "$layer/bin" "$site"
grep '^\(home\|version_info\|implementation\) *=' "$VIRTUAL_ENV/pyvenv.cfg" > "$layer/pyvenv.cfg"
for name in python python3; do ln -sf "$(readlink -f "$RUNG_PYTHON")" "$layer/bin/$name"; done
printf 'import site; site.addsitedir("%s")\n' "$shared" > "$site/rung.pth"
if [ -n "$RUNG_UV" ]; then cp -R "$(dirname "$0")/own_layer/pip" "$site/"; fi
for name in pip pip3; do
  printf '#!/bin/sh\nexec "%s/bin/python" -m pip "$@"\n' "$layer" > "$layer/bin/$name"
  chmod +x "$layer/bin/$name"
done
export VIRTUAL_ENV="$layer" PATH="$layer/bin:$PATH"
exec "$@"
