# Makes, completes and checks .env, line by line beside eng/env-file.sh. Which variables there are, which of them are secrets
# (change_this...) and which must be set (those that are not empty) stands in .env.example alone. ASCII only.

function PrepareEnv {
    if (-not (Test-Path .env)) {
        MakeEnv
    } else {
        CompleteEnv
    }
    CheckEnv
    WarnOfEnvironment
}

# .NET does not know the folder that PowerShell is in.
function FullPath([string] $file) { Join-Path $PWD.Path $file }

function Variables { [IO.File]::ReadAllLines((FullPath .env.example)) | ForEach-Object { if ($_ -cmatch '^([A-Z][A-Z0-9_]*)=') { $Matches[1] } } }

function LinesOf([string] $name, [string] $file) { @([IO.File]::ReadAllLines((FullPath $file)) -cmatch "^\s*(export\s+)?${name}\s*=") }

# The value of a variable in a file; of several lines the last counts, as for docker compose.
function ValueOf([string] $name, [string] $file) {
    $lines = @(LinesOf $name $file)
    if ($lines.Count -eq 0) { return '' }
    $lines[-1].Substring($lines[-1].IndexOf('=') + 1)
}

function RandomSecret {
    $bytes = New-Object byte[] 24
    $random = [Security.Cryptography.RandomNumberGenerator]::Create()
    $random.GetBytes($bytes)
    $random.Dispose()
    -join ($bytes | ForEach-Object { $_.ToString('x2') })
}

# Lines of .env.example with secrets in place of change_this.
function WithSecrets([string[]] $lines) {
    foreach ($line in $lines) {
        if ($line -cmatch '^([A-Z][A-Z0-9_]*)=change_this') { "$($Matches[1])=$(RandomSecret)" } else { $line }
    }
}

function MakeEnv {
    $text = (@(WithSecrets ([IO.File]::ReadAllLines((FullPath .env.example)))) -join "`n") + "`n"
    # For this user alone, and never over a file that is there.
    try {
        New-Item -Path .env -ItemType File | Out-Null
        OnlyForMe .env
        [IO.File]::WriteAllText((FullPath .env), $text)
    } catch { Fail "Cannot write ${PWD}/.env: make this folder writable and run this again." }
    Say "Made .env with random secrets, readable by you alone. Keep it: it belongs to the data."
}

function OnlyForMe([string] $file) {
    if ($env:OS -eq 'Windows_NT') {
        $me = [Security.Principal.WindowsIdentity]::GetCurrent().Name
        icacls $file /inheritance:r /grant:r "${me}:F" | Out-Null
    } else {
        chmod 600 $file
    }
    if ($LASTEXITCODE -ne 0) { throw 'The permissions could not be set.' }
}

# An older .env lacks what a newer version needs.
function CompleteEnv {
    $added = ''
    foreach ($name in Variables) {
        if (@(LinesOf $name .env).Count -gt 0) { continue }
        try {
            $text = [IO.File]::ReadAllText((FullPath .env))
            if ($text -ne '' -and -not $text.EndsWith("`n")) { [IO.File]::AppendAllText((FullPath .env), "`n") }
            [IO.File]::AppendAllText((FullPath .env), "$(WithSecrets (LinesOf $name .env.example))`n")
        } catch { Fail "Cannot write ${PWD}/.env: make this file writable and run this again." }
        $added = "${added} ${name}"
    }
    if ($added -ne '') { Say "Added to .env what this version needs:${added}." }
}

function CheckEnv {
    foreach ($name in Variables) {
        if ((ValueOf $name .env.example) -eq '') { continue } # may be empty: off
        $value = ValueOf $name .env
        if ($value -eq '') { Fail "${name} in .env is empty: set it (openssl rand -hex 24 makes a secret), or delete the line to have it made, and run this again." }
        if ($name -clike '*_URL') {
            CheckUrl $name $value
        } else {
            CheckWord $name $value
        }
    }
}

function CheckUrl([string] $name, [string] $value) {
    if ($value -cnotmatch '^https?://.') {
        Fail "${name} in .env is no address: it must begin with http:// or https://."
    }
    if ($value -match "[`"' ]") {
        Fail "${name} in .env holds a quote or a space: write the bare address."
    }
}

function CheckWord([string] $name, [string] $value) {
    $least = 1
    if ($value -match 'change_this|change-this|changeme|change_me|caas_secret_2026') {
        Fail "${name} in .env still has its example value: set your own (openssl rand -hex 24 makes one), or delete the line to have it made, and run this again."
    }
    if ($value -cmatch '[^A-Za-z0-9_-]') {
        Fail "${name} in .env may hold only letters, digits, - and _, without quotes and spaces: it stands in addresses."
    }
    switch ($name) {
        'JWT_SECRET' { $least = 32 }
        'CAAS_ADMIN_KEY' { $least = 16 }
    }
    if ($value.Length -lt $least) { Fail "${name} in .env is too short: at least ${least} characters (openssl rand -hex 24 makes 48)." }
}

# Docker takes the environment before the file: whoever has forgotten a variable there looks for long.
function WarnOfEnvironment {
    $found = ''
    foreach ($name in Variables) {
        if (Test-Path "Env:${name}") { $found = "${found} ${name}" }
    }
    if ($found -ne '') { Say "Note: your environment counts more than .env, and sets:${found}." }
}
