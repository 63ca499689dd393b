#!/bin/sh
# Runs the demonstration: in a window if there is a display, else by itself under Xvfb, else without any screen.
set -eu
cd "$(dirname "$0")/.."
python=.venv/bin/python
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname -s)" = Darwin ]; then
    exec "$python" -m migdesk demo --out demo-output "$@"
fi
if command -v xvfb-run >/dev/null 2>&1 && command -v xauth >/dev/null 2>&1; then
    QT_QPA_PLATFORM=xcb exec xvfb-run -a -s "-screen 0 1366x768x24" "$python" -m migdesk demo --out demo-output --headless "$@"
fi
QT_QPA_PLATFORM=offscreen exec "$python" -m migdesk demo --out demo-output --headless "$@"
