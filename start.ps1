# Starts the stack of docker-compose.yml and waits until all of it is ready, line by line beside start.sh. For Windows PowerShell 5.1
# and PowerShell 7; ASCII only.
[CmdletBinding()]
param([switch] $Build, [switch] $Clean, [switch] $Help, [Parameter(ValueFromRemainingArguments = $true)] [string[]] $Rest)

. "$PSScriptRoot/eng/stack.ps1"
. "$PSScriptRoot/eng/env-file.ps1"

$timeout = if ($null -ne $env:CAAS_START_TIMEOUT) { $env:CAAS_START_TIMEOUT } else { '300' }
$poll = if ($null -ne $env:CAAS_POLL_SECONDS) { $env:CAAS_POLL_SECONDS } else { '2' }
$one_shots = 'mongodb-init', 'kafka-init' # end with exit code 0; all others run on
$services = @()      # all of the stack
$baseline = @()      # their states before this start
$starting = $null    # the process of 'docker compose up', while it runs
$started = $false    # that it has done its part
$docker_words = ''   # the file with what it says
$conditions = [ordered] @{} # of all services
$not_ready = ''      # services, with commas
$shown = @{}         # the conditions that were told last
$ended = $false      # by itself, not by Ctrl+C
$terminal = -not [Console]::IsOutputRedirected

function Usage {
    Say "Usage: .\start.ps1 [-Build] [-Clean] [-Help]"
    Say "Starts the whole stack with Docker, waits until it is ready and tells where everything is."
    Say "  -Build    build the images of CaaS again first (after a change of the code)"
    Say "  -Clean    remove containers and volumes first: all data goes"
    Say "CAAS_START_TIMEOUT is how long it waits for the services, in seconds (300)."
}

function ReadOptions {
    if ($Help) {
        Usage
        $script:ended = $true
        exit 0
    }
    foreach ($option in @($Rest | Where-Object { $_ })) {
        Fail "Unknown option ${option}: see .\start.ps1 -Help." 2
    }
    if ($timeout -notmatch '^[0-9]+$') {
        Fail "CAAS_START_TIMEOUT must be a whole number of seconds, not '${timeout}'." 2
    }
}

# New secrets do not open data that was made with others.
function RefuseDataWithoutEnv {
    $project = Quietly { docker compose --env-file .env.example config 2>$null } | ForEach-Object { if ($_ -cmatch '^name: (.+)$') { $Matches[1] } }
    if ($project -and (Quietly { docker volume ls -q --filter "label=com.docker.compose.project=${project}" })) {
        Fail "There is data of an earlier start but no .env with its passwords: put that .env back, or run .\start.ps1 -Clean to begin anew without the data."
    }
}

function RemoveAll {
    Say "Removing containers and volumes: the data goes."
    docker compose --profile test down -v --remove-orphans
    if ($LASTEXITCODE -ne 0) { Fail "Docker could not remove the stack; its words are above." }
}

function BuildImages {
    Say "Building the images."
    docker compose build
    if ($LASTEXITCODE -ne 0) { Fail "The images could not be built; Docker's words are above. Mend that and run .\start.ps1 -Build again." }
}

# Fetches and builds what is missing, without a limit of time: a first download may be slow.
function CreateContainers {
    Say "Fetching and building what is missing (some minutes at the first time)."
    docker compose up --no-start
    if ($LASTEXITCODE -ne 0) { Fail "Docker could not make the containers; its words are above. Where an image was not built, mend what its last lines say; else it is mostly the network, a full disk, or another Docker network on 172.28.0.0/16 (docker network ls)." }
    $script:services = @(docker compose config --services)
}

function StartServices {
    Say "Starting the services."
    $script:docker_words = [IO.Path]::GetTempFileName()
    $script:baseline = @(ServiceStates)
    $script:starting = Start-Process -FilePath docker -ArgumentList 'compose up -d' -NoNewWindow -PassThru -RedirectStandardOutput "$docker_words.out" -RedirectStandardError $docker_words
    $null = $starting.Handle # without this Windows PowerShell does not learn its exit code
}

function WaitForServices {
    $refused = $false
    $script:watch = [Diagnostics.Stopwatch]::StartNew()
    while ($true) {
        if ($starting -and $starting.HasExited) {
            $starting.WaitForExit()
            if ($starting.ExitCode -eq 0) { $script:started = $true } else { $refused = $true }
            $script:starting = $null
        }
        if ($refused) { ExplainPortInUse }
        $states = @(ServiceStates)
        LookAtServices $states
        if ($refused) { ExplainRefusal }
        ShowProgress
        if ($not_ready -eq '' -and -not $starting) { break }
        if ((Seconds) -ge [int] $timeout) { GiveUp }
        WaitABit
    }
    EndProgress
}

function Seconds { [int] [Math]::Floor($watch.Elapsed.TotalSeconds) }

function WaitABit { Start-Sleep -Milliseconds ([int] (1000 * [double] $poll)) }

# Tells what each service is doing; ends with the first that is broken.
function LookAtServices([string[]] $states) {
    $script:conditions = [ordered] @{}
    $waits = @()
    foreach ($service in $services) {
        $condition = ConditionOf $service $states
        if ($condition -clike 'broken *') { Broken $service ($condition.Substring(7)) }
        if ($condition -cne 'ready') { $waits += "${service} (${condition})" }
        $script:conditions[$service] = $condition
    }
    $script:not_ready = $waits -join ', '
}

# One of: ready, waiting, starting, unhealthy, running, broken and why.
function ConditionOf([string] $service, [string[]] $states) {
    $line = @($states | Where-Object { $_ -and $_.StartsWith("${service} ", [StringComparison]::Ordinal) })[0]
    if (-not $line) { return 'waiting' }
    $name, $status, $health, $code, $restarts, $since = $line.Split(' ')
    $old = $baseline -ccontains $line
    $one_shot = $one_shots -ccontains $service

    if ($status -in 'exited', 'dead') {
        if ($old -and -not $started) { return 'waiting' } # it ended before this start
        if ($one_shot -and $code -eq '0') { return 'ready' }
        return "broken ended with exit code ${code}"
    }
    if ($status -in 'running', 'restarting') {
        if ([int] $restarts -ge 3 -and $health -cne 'healthy' -and -not $old) {
            return "broken crashes again and again, last with exit code ${code}" # once or twice Docker may mend it by itself
        }
        if ($status -ceq 'running' -and -not $one_shot -and $health -in 'healthy', 'none') { return 'ready' }
        if ($status -ceq 'restarting' -or $health -ceq 'none') { return $status }
        return $health
    }
    'waiting'
}

function Broken([string] $service, [string] $why) {
    $memory = ''
    EndProgress
    if ($why -clike '* 137') { $memory = ' That code mostly means too little memory: give Docker more.' }
    ShowLogs $service
    Fail "${service} ${why}; its last words are above.${memory} Mend that and run .\start.ps1 again."
}

function ShowLogs([string] $service) {
    Say "--- the last lines of ${service}:"
    Quietly { docker compose logs --no-color --tail 20 $service 2>&1 } | ForEach-Object { Write-Host "$_" }
    Say "---"
}

function ExplainPortInUse {
    $port = @(Get-Content -LiteralPath $docker_words | Where-Object { $_ -match 'already in use|already allocated|not available|access permissions' } |
        ForEach-Object { if ($_ -match '.*(Bind for|listen tcp[46]?|host port|host port for|exposing port TCP) (\[[^]]*\]|[0-9.]+|::):([0-9]+)') { $Matches[3] } })[0]
    if (-not $port) { return }
    EndProgress
    Fail "Port ${port} of this machine is in use: stop the program that uses it (an earlier stack too: .\stop.ps1) and run .\start.ps1 again."
}

# 'docker compose up' gave up, and no container has ended.
function ExplainRefusal {
    EndProgress
    foreach ($service in $services) {
        if ($conditions[$service] -ceq 'unhealthy') {
            ShowLogs $service
            Fail "${service} does not become healthy; its last words are above. Mend that and run .\start.ps1 again."
        }
    }
    Say "--- the last lines of docker compose up:"
    Get-Content -LiteralPath $docker_words -Tail 10 | ForEach-Object { Write-Host $_ }
    Say "---"
    Fail "Docker could not start the services; its words are above. Mend that and run .\start.ps1 again."
}

function GiveUp {
    $whom = if ($not_ready -ne '') { $not_ready } else { 'the start itself' }
    EndProgress
    foreach ($service in $services) {
        if ($conditions[$service] -cnotin 'ready', 'waiting') { ShowLogs $service }
    }
    Fail "Not ready after ${timeout} s: ${whom}. The containers go on running: run .\start.ps1 again to wait on, set CAAS_START_TIMEOUT to wait longer, or look with docker compose logs."
}

# On a terminal one line that changes, elsewhere a line for each change.
function ShowProgress {
    $seconds = Seconds
    if ($terminal) {
        $width = [Math]::Max(20, [Console]::WindowWidth) - 1
        $ready = @($conditions.Values | Where-Object { $_ -ceq 'ready' }).Count
        $line = "${seconds} s: ${ready} of $($services.Count) ready. ${not_ready}"
        Write-Host -NoNewline ("`r" + $line.PadRight($width).Substring(0, $width))
        return
    }
    foreach ($service in $services) {
        if ($shown[$service] -ceq $conditions[$service]) { continue }
        if ($conditions[$service] -ceq 'waiting') { continue }
        $line = "${service}: $($conditions[$service])"
        Say "  ${seconds} s  ${line}"
    }
    $script:shown = $conditions
}

function EndProgress { if ($terminal) { Write-Host '' } }

# From this machine, as a client does.
function CheckAddresses {
    CheckAddress gateway 3000
    CheckAddress socket-service-1 3002
    CheckAddress socket-service-2 3003
}

function CheckAddress([string] $service, [int] $port) {
    foreach ($try in 1..5) {
        if (Answers "http://localhost:${port}/health") { return }
        if ($try -ne 5) { WaitABit }
    }
    Fail "${service} is healthy, but http://localhost:${port}/health does not answer from this machine: look for a firewall, a VPN or another program on port ${port}."
}

function Answers([string] $url) {
    try {
        $request = [Net.WebRequest]::Create($url)
        $request.Proxy = $null
        $request.Timeout = 5000
        $response = $request.GetResponse()
        $response.Close()
        [int] $response.StatusCode -eq 200
    } catch { $false }
}

function TellWhere {
    Say ""
    Say "CaaS is up."
    Say "  API                 http://localhost:3000 (to try in the browser: http://localhost:3000/docs)"
    Say "  Realtime            http://localhost:3002 and http://localhost:3003"
    Say "  Metrics             http://localhost:3001/metrics"
    Say "  Kafka UI            http://localhost:8080"
    Say "  Schema registry     http://localhost:8081"
    Say "  Mongo Express       http://localhost:8082 (MONGO_EXPRESS_USER and MONGO_EXPRESS_PASSWORD of .env)"
    Say "  Redis Commander     http://localhost:8083 (the same)"
    Say ""
    Say "  The admin key       Select-String CAAS_ADMIN_KEY .env"
    Say "  Next, a smoke test  .\test.ps1"
    Say "  Logs                docker compose logs -f gateway"
    Say "  Stop, data stays    .\stop.ps1"
}

# Ctrl+C comes here too; PowerShell then sets the exit code itself.
function Leave {
    if (-not $ended) {
        EndProgress
        [Console]::Error.WriteLine("Interrupted: the containers stay as they are. .\start.ps1 goes on, .\stop.ps1 stops them.")
    }
    if ($starting -and -not $starting.HasExited) {
        if ($env:OS -eq 'Windows_NT') { Quietly { taskkill /T /F /PID $starting.Id 2>&1 } | Out-Null } else { $starting.Kill($true) } # docker runs compose as a process of its own
    }
    if ($docker_words -ne '') { Remove-Item -LiteralPath $docker_words, "$docker_words.out" -Force -ErrorAction SilentlyContinue }
    Pop-Location
}

Push-Location -LiteralPath $PSScriptRoot
try {
    ReadOptions
    NeedDocker
    if (-not (Test-Path .env) -and -not $Clean) { RefuseDataWithoutEnv }
    PrepareEnv
    if ($Clean) { RemoveAll }
    if ($Build) { BuildImages }
    CreateContainers
    StartServices
    WaitForServices
    CheckAddresses
    TellWhere
    $ended = $true
} catch {
    $ended = $true
    throw
} finally {
    Leave
}
exit 0
