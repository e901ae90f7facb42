# Stops the stack that start.ps1 starts, line by line beside stop.sh. For Windows PowerShell 5.1 and PowerShell 7; ASCII only.
[CmdletBinding()]
param([switch] $Clean, [switch] $Help, [Parameter(ValueFromRemainingArguments = $true)] [string[]] $Rest)

. "$PSScriptRoot/eng/stack.ps1"

$env_file = '.env'

function Usage {
    Say "Usage: .\stop.ps1 [-Clean] [-Help]"
    Say "Stops the stack and removes its containers. The data stays."
    Say "  -Clean    remove the volumes too: all data goes"
}

function ReadOptions {
    if ($Help) {
        Usage
        exit 0
    }
    foreach ($option in @($Rest | Where-Object { $_ })) {
        Fail "Unknown option ${option}: see .\stop.ps1 -Help." 2
    }
}

function StopServices {
    docker compose --env-file $env_file --profile test down --remove-orphans
    if ($LASTEXITCODE -ne 0) { Fail "Docker could not stop the stack; its words are above." }
    Say "The stack is stopped. Its data stays: .\start.ps1 goes on with it, .\stop.ps1 -Clean removes it."
}

function RemoveAll {
    docker compose --env-file $env_file --profile test down -v --remove-orphans
    if ($LASTEXITCODE -ne 0) { Fail "Docker could not remove the stack; its words are above." }
    Say "The stack is stopped and its data is gone. .env stays: delete it to have new secrets at the next start."
}

Push-Location -LiteralPath $PSScriptRoot
try {
    ReadOptions
    NeedDocker
    if (-not (Test-Path .env)) { $env_file = '.env.example' } # to stop, any values do
    if ($Clean) {
        RemoveAll
    } else {
        StopServices
    }
} finally {
    Pop-Location
}
exit 0
