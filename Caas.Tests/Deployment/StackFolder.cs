namespace Caas.Tests.Deployment;

/// <summary>
/// The scripts of the stack with what they read, in a folder of their own (its name has a space) so that no <c>.env</c> comes into the repository, and a <c>docker</c> that
/// plays an engine. What it plays is a set of words, see <see cref="Docker"/>.
/// </summary>
internal sealed class StackFolder : IDisposable
{
    private static readonly string[] Files =
        ["start.sh", "stop.sh", "test.sh", "eng/stack.sh", "eng/env-file.sh", ".env.example"];

    /// <summary>What the scripts need besides docker and curl: nothing that macOS or a small server lacks.</summary>
    private static readonly string[] Tools = ["bash", "cat", "dirname", "env", "grep", "head", "mktemp", "od", "rm", "sed", "sleep", "tail", "tr"];

    private readonly Scripts _scripts = new();

    public StackFolder(params string[] plays)
    {
        foreach (var file in Files)
        {
            var copy = In(file);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Scripts.InRepository(file), copy);
        }

        _scripts.StandIn("docker", Docker).StandIn("curl", Curl).Given("services", string.Join('\n', Services) + '\n');
        Play(plays);
    }

    public static IReadOnlyList<string> Services { get; } = ["mongodb-primary", "mongodb-init", "redis", "kafka-1", "kafka-init", "gateway", "socket-service-1", "socket-service-2", "kafka-ui"];

    /// <summary>The scripts' <c>.env</c>, as a path.</summary>
    public string Env => In(".env");

    /// <summary>Calls of docker, without those that only ask.</summary>
    public IReadOnlyList<string> Commands =>
        [.. _scripts.Calls("docker").Where(call => call is not ("compose ps -a -q" or "compose config --services") && !call.StartsWith("inspect", StringComparison.Ordinal) && !call.Contains("version", StringComparison.Ordinal))];

    public IReadOnlyList<string> CurlCalls => _scripts.Calls("curl");

    public string In(string file) => Path.Combine(_scripts.State, "the stack", file);

    public void Play(params string[] plays) => _scripts.Given("plays", $" {string.Join(' ', plays)} ");

    public Task<ScriptRun> RunAsync(string script, params string[] arguments) => RunWithAsync(new Dictionary<string, string>(), script, arguments);

    public Task<ScriptRun> RunWithAsync(IReadOnlyDictionary<string, string> environment, string script, params string[] arguments) =>
        _scripts.RunAsync(In(script), Patient(environment), arguments);

    /// <summary>Alone in its group of processes, as on a terminal: what Ctrl+C reaches.</summary>
    public Task<ScriptRun> RunInTerminalGroupAsync(string script) =>
        _scripts.RunProgramAsync("bash", Patient(new Dictionary<string, string>()), "-c", "set -m; bash \"$1\" & job=$!; set +m; wait $job", "bash", In(script));

    /// <summary>A path on which stands what every machine has, the stand-in of docker if asked for, and nothing else.</summary>
    public IReadOnlyDictionary<string, string> BarePath(bool docker)
    {
        var folder = Path.Combine(_scripts.State, docker ? "bare-docker" : "bare");
        Directory.CreateDirectory(folder);
        var path = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator);
        foreach (var tool in Tools)
        {
            File.CreateSymbolicLink(Path.Combine(folder, tool), path.Select(place => Path.Combine(place, tool)).First(File.Exists));
        }

        if (docker)
        {
            File.CreateSymbolicLink(Path.Combine(folder, "docker"), Path.Combine(_scripts.State, "..", "bin", "docker"));
        }

        return new Dictionary<string, string> { ["PATH"] = folder };
    }

    /// <summary>The variables of the <c>.env</c> that was made.</summary>
    public IReadOnlyDictionary<string, string> Variables() =>
        File.ReadLines(Env).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

    /// <summary>Sets a variable in <c>.env</c>, which is made when there is none; null removes its line.</summary>
    public void Set(string name, string? value)
    {
        if (!File.Exists(Env))
        {
            File.WriteAllText(Env, File.ReadAllText(In(".env.example")).Replace("change_this", "of_my_own", StringComparison.Ordinal));
        }

        var lines = File.ReadLines(Env).Where(line => !line.StartsWith($"{name}=", StringComparison.Ordinal)).ToList();
        if (value is not null)
        {
            lines.Add($"{name}={value}");
        }

        File.WriteAllText(Env, string.Join('\n', lines) + "\n");
    }

    public void Dispose() => _scripts.Dispose();

    private static Dictionary<string, string> Patient(IReadOnlyDictionary<string, string> environment)
    {
        var all = new Dictionary<string, string> { ["CAAS_POLL_SECONDS"] = "0.02", ["CAAS_START_TIMEOUT"] = "30" };
        foreach (var (name, value) in environment)
        {
            all[name] = value;
        }

        return all;
    }

    private const string Curl = """
        [[ "$(cat "$STAND_IN/plays")" != *' silent '* ]]
        """;

    /// <summary>
    /// An engine in a few lines. It plays: down, denied, windows (the engine), no-compose, compose-1, data (volumes of an earlier start), build-fails, create-fails, port, network,
    /// dependency (up gives up on an unhealthy one), slow (ready at the tenth look), never, ends, crashes, heals (crashes twice), init-fails, stopped (containers of an earlier start),
    /// interrupt (Ctrl+C at the third look), test-fails.
    /// </summary>
    private const string Docker = """
        plays() { [[ "$(cat "$STAND_IN/plays")" == *" $1 "* ]]; }
        looks() { [ -f "$STAND_IN/looks" ] && grep -c . "$STAND_IN/looks" || echo 0; }
        state() { # SERVICE -> status health code restarts started
          local now=2 # the time of this start
          [ -f "$STAND_IN/up" ] || now=1
          if [ "$now" = 1 ]; then
            plays stopped && echo "exited unhealthy 137 0 1" || echo "created none 0 0 0"
            return
          fi
          case "$1" in
            *-init) if plays init-fails && [ "$1" = kafka-init ]; then echo "exited none 3 0 2"; else echo "exited none 0 0 2"; fi; return ;;
            kafka-1)
              if plays ends; then echo "exited unhealthy 137 0 2"; return; fi
              if plays dependency; then echo "running unhealthy 0 0 2"; return; fi
              if plays crashes; then echo "restarting unhealthy 1 $(looks) 2"; return; fi
              if plays heals && [ "$(looks)" -lt 6 ]; then echo "restarting unhealthy 1 2 2"; return; fi
              if plays never || { plays slow && [ "$(looks)" -lt 10 ]; }; then echo "running starting 0 0 2"; return; fi ;;
            kafka-ui) echo "running none 0 0 2"; return ;;
          esac
          echo "running healthy 0 0 2"
        }

        case "$*" in
          'version --format {{.Server.Os}}')
            plays down && { echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?' >&2; exit 1; }
            plays denied && { echo 'permission denied while trying to connect to the Docker daemon socket' >&2; exit 1; }
            plays windows && echo windows || echo linux ;;
          'compose version --short')
            plays no-compose && { echo "docker: 'compose' is not a docker command." >&2; exit 1; }
            plays compose-1 && echo 1.29.2 || echo v2.0.1 ;;
          'compose --env-file .env.example config') printf 'name: caas\nservices: {}\n' ;;
          'compose config --services') cat "$STAND_IN/services" ;;
          'volume ls -q --filter label=com.docker.compose.project=caas') plays data && echo caas_redis_data; exit 0 ;;
          'compose build' | 'compose --profile test build smoke-test') plays build-fails && { echo 'failed to solve' >&2; exit 17; }; exit 0 ;;
          'compose up --no-start') plays create-fails && { echo 'no such host' >&2; exit 1; }; : >"$STAND_IN/created" ;;
          'compose up -d')
            plays port && { echo 'Error response from daemon: driver failed programming external connectivity on endpoint caas-gateway-1: Bind for 0.0.0.0:3000 failed: port is already allocated' >&2; exit 1; }
            plays network && { echo 'invalid pool request: Pool overlaps with other one on this address space' >&2; exit 1; }
            : >"$STAND_IN/up"
            plays dependency && { echo 'dependency failed to start: container caas-kafka-1-1 is unhealthy' >&2; exit 1; }
            plays never && exec sleep 600
            exit 0 ;;
          'compose ps -a -q')
            echo look >>"$STAND_IN/looks"
            plays interrupt && [ "$(looks)" -eq 3 ] && kill -INT 0
            [ ! -f "$STAND_IN/created" ] || cat "$STAND_IN/services" ;;
          inspect*) shift 3; for service in "$@"; do echo "$service $(state "$service")"; done ;;
          'compose logs --no-color --tail 20 '*) echo "log of ${!#}" ;;
          *' down '*) plays down-fails && exit 1; rm -f "$STAND_IN/up" "$STAND_IN/created" ;;
          'compose --profile test run --rm --no-deps smoke-test') plays test-fails && exit 9; exit 0 ;;
          *) echo "docker: unknown: $*" >&2; exit 64 ;;
        esac
        """;
}
