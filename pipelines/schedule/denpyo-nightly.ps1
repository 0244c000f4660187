# Tries again every half hour till noon (Japan), only on exit 75; any other outcome is final.
# Usage: powershell -File denpyo-nightly.ps1 WORKSPACE PIPELINE
param([Parameter(Mandatory)][string]$Workspace, [Parameter(Mandatory)][string]$Pipeline)
while ($true) {
    & denpyo.exe -C $Workspace run $Pipeline
    $code = $LASTEXITCODE
    if ($code -ne 75) { exit $code }
    $now = [DateTime]::UtcNow.AddHours(9)
    $next = $now.AddMinutes(30)
    if ($now.Hour -lt 21 -and $next.TimeOfDay -gt [TimeSpan]::FromHours(12)) { exit 75 }
    Start-Sleep -Seconds 1800
}
