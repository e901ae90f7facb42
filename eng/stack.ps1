# What start.ps1, stop.ps1 and test.ps1 share, line by line beside eng/stack.sh. For Windows PowerShell 5.1 and PowerShell 7; ASCII only.

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false # exit codes are looked at here

function Say([string] $text) { Write-Host $text }

# One sentence on standard error, and the end.
function Fail([string] $text, [int] $code = 1) {
    $script:ended = $true
    [Console]::Error.WriteLine($text)
    exit $code
}

# Windows PowerShell takes a redirected line on standard error for a failure: not in here.
function Quietly([scriptblock] $command) {
    $ErrorActionPreference = 'Continue'
    & $command
}

function NeedDocker {
    if (-not (Get-Command docker -ErrorAction SilentlyContinue)) { Fail "Docker is not installed: get it from https://docs.docker.com/get-docker/ and run this again." }
    $answer = Quietly { docker version --format '{{.Server.Os}}' 2>&1 } | Out-String
    if ($LASTEXITCODE -ne 0) {
        if ($answer -match 'permission denied') {
            Fail "You may not use Docker's engine: join the group docker (sudo usermod -aG docker NAME), sign in again and run this again."
        }
        Fail "Docker's engine does not answer: start Docker Desktop (on a server: sudo systemctl start docker) and run this again."
    }
    if ($answer -match 'windows') {
        Fail "Docker runs Windows containers: switch Docker Desktop to Linux containers and run this again."
    }
    $version = Quietly { docker compose version --short 2>$null } | Out-String
    if ($LASTEXITCODE -ne 0 -or $version -notmatch '^\s*v?(\d+)' -or [int] $Matches[1] -lt 2) {
        Fail "Docker has no 'docker compose' of version 2 or newer: install it as https://docs.docker.com/compose/install/ says and run this again."
    }
}

# A line for each container: service, status, health, exit code, restarts, when it was started.
# 'docker compose ps --format' with a template came with 2.21 only; this works with every version 2.
function ServiceStates {
    $ids = @(Quietly { docker compose ps -a -q 2>$null } | Where-Object { $_ })
    if ($ids.Count -eq 0) { return }
    Quietly { docker inspect --format '{{index .Config.Labels `com.docker.compose.service`}} {{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} {{.State.ExitCode}} {{.RestartCount}} {{.State.StartedAt}}' $ids 2>$null }
}
