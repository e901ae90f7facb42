# Runs the smoke test against the running stack, line by line beside test.sh. For Windows PowerShell 5.1 and PowerShell 7; ASCII only.
[CmdletBinding()]
param([switch] $Build, [switch] $Help, [Parameter(ValueFromRemainingArguments = $true)] [string[]] $Rest)

. "$PSScriptRoot/eng/stack.ps1"

function Usage {
    Say "Usage: .\test.ps1 [-Build] [-Help]"
    Say "Sends messages from replica to replica of the running stack. Exits with 0 when all arrive."
    Say "  -Build    build the test's image again first (after a change of the test)"
}

function ReadOptions {
    if ($Help) {
        Usage
        exit 0
    }
    foreach ($option in @($Rest | Where-Object { $_ })) {
        Fail "Unknown option ${option}: see .\test.ps1 -Help." 2
    }
}

function NeedStack {
    if (-not (Test-Path .env)) { Fail "There is no .env, so the stack was never started: run .\start.ps1 first." }
    $states = @(ServiceStates)
    foreach ($service in 'gateway', 'socket-service-1', 'socket-service-2') {
        if (-not ($states -cmatch "^${service} running (healthy|none) ")) {
            Fail "The stack is not up, ${service} is not running and healthy: run .\start.ps1 first."
        }
    }
}

function BuildImage {
    docker compose --profile test build smoke-test
    if ($LASTEXITCODE -ne 0) { Fail "The image of the test could not be built; Docker's words are above." }
}

function RunTest {
    docker compose --profile test run --rm --no-deps smoke-test
    $code = $LASTEXITCODE
    if ($code -ne 0) {
        Fail "The smoke test failed with exit code ${code}; what it found is above." $code
    }
    Say "The smoke test passed."
}

Push-Location -LiteralPath $PSScriptRoot
try {
    ReadOptions
    NeedDocker
    NeedStack
    if ($Build) { BuildImage }
    RunTest
} finally {
    Pop-Location
}
exit 0
