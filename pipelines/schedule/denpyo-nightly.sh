#!/bin/sh
# 75（メンテナンス・混雑・他の実行中）のときだけ、12:00 まで 30 分ごとにもう一度試す。
# 使い方 / usage: denpyo-nightly.sh WORKSPACE PIPELINE
# Tries again every half hour till noon, only on exit 75; any other outcome is final.
set -u
export TZ=Asia/Tokyo
while :; do
  denpyo -C "$1" run "$2"
  code=$?
  [ "$code" -eq 75 ] || exit "$code"
  hour=$(date +%H)
  minute=$(date +%M)
  # 次の試行が 12:00 を過ぎるなら終わる。夜のうち（21 時以降）は続ける。
  if [ "$hour" -lt 21 ] && { [ "$hour" -ge 12 ] || { [ "$hour" -eq 11 ] && [ "$minute" -gt 30 ]; }; }; then
    exit 75
  fi
  sleep 1800
done
