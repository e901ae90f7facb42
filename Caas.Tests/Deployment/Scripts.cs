using System.Diagnostics;
using Caas.Tests.Gateway;
using Caas.Tests.Sqlite;
using Xunit;

namespace Caas.Tests.Deployment;

/// <summary>
/// Runs a script of the repository as its users do, with stand-ins first on the path for programs that are not there (<c>docker</c>, <c>mongosh</c>, <c>kafka-topics</c>), in an
/// environment that holds nothing of ours, and within a bound. Stand-ins find the folder that they may keep state in as <c>$STAND_IN</c>, which the tests read as <see cref="Read"/>.
/// </summary>
internal sealed class Scripts : IDisposable
{
    private readonly TempFolder _folder = new();

    public Scripts()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The shell scripts run on Unix.");
        Directory.CreateDirectory(Path.Combine(_folder.Path, "bin"));
        Directory.CreateDirectory(State);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>How long a program may take. Default 60 s.</summary>
    public TimeSpan Bound { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Where stand-ins keep their state.</summary>
    public string State => Path.Combine(_folder.Path, "state");

    /// <summary>Whether such a program is on the path of this machine.</summary>
    public static bool Has(string program) => Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>The path of a file of the repository.</summary>
    public static string InRepository(string path) => Path.Combine(Snapshots.Root, path);

    /// <summary>Puts a program before all others of its name.</summary>
    /// <param name="body">Bash. It stands behind <c>set -u</c>; its arguments are written to <c>$STAND_IN/NAME.calls</c> before, a line for each call.</param>
    public Scripts StandIn(string name, string body)
    {
        var path = Path.Combine(_folder.Path, "bin", name);
        File.WriteAllText(path, $"#!/usr/bin/env bash\nset -u\nprintf '%s\\n' \"$*\" >> \"$STAND_IN/{name}.calls\"\n{body.ReplaceLineEndings("\n")}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return this;
    }

    /// <summary>Puts a file where stand-ins find it.</summary>
    public Scripts Given(string name, string text = "")
    {
        File.WriteAllText(Path.Combine(State, name), text.ReplaceLineEndings("\n"));
        return this;
    }

    /// <summary>What a stand-in has written; empty when it wrote nothing.</summary>
    public string Read(string name) => File.Exists(Path.Combine(State, name)) ? File.ReadAllText(Path.Combine(State, name)) : "";

    /// <summary>How a stand-in was called, call by call.</summary>
    public IReadOnlyList<string> Calls(string name) => Read($"{name}.calls").Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <param name="script">A path inside the repository, or a whole one.</param>
    public Task<ScriptRun> RunAsync(string script, IReadOnlyDictionary<string, string>? environment = null, params string[] arguments) =>
        RunProgramAsync("bash", environment, [InRepository(script), .. arguments]);

    /// <summary>Any program, in the same surroundings.</summary>
    public async Task<ScriptRun> RunProgramAsync(string program, IReadOnlyDictionary<string, string>? environment = null, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.Path,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = $"{Path.Combine(_folder.Path, "bin")}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["HOME"] = start.Environment["TMPDIR"] = _folder.Path;
        start.Environment["LANG"] = "C.UTF-8";
        start.Environment["STAND_IN"] = State;
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(Cancelled), process.StandardError.ReadToEndAsync(Cancelled));
        try
        {
            // The end of its output, not its own: what it has started and left behind would be found out here.
            await Task.WhenAll(output, errors, process.WaitForExitAsync(Cancelled)).WaitAsync(Bound, Cancelled);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', arguments)} did not end within {Bound.TotalSeconds} s.\n{await output}\n{await errors}");
        }

        return new(process.ExitCode, await output, await errors);
    }

    public void Dispose() => _folder.Dispose();
}

/// <param name="Output">What it printed.</param>
/// <param name="Errors">What it printed on standard error.</param>
internal sealed record ScriptRun(int Code, string Output, string Errors)
{
    /// <summary>It did all it should, and complained of nothing.</summary>
    public ScriptRun Succeeded()
    {
        Assert.True(Code == 0 && Errors.Length == 0, $"Exit code {Code}.\n{Output}\n{Errors}");
        return this;
    }

    /// <summary>It failed with one sentence on standard error that says all of this.</summary>
    public ScriptRun Refused(params string[] parts)
    {
        Assert.True(Code != 0, $"It did not fail.\n{Output}\n{Errors}");
        var line = Assert.Single(Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.All(parts, part => Assert.Contains(part, line, StringComparison.Ordinal));
        return this;
    }

    /// <summary>Nowhere in what it printed stands any of this.</summary>
    public ScriptRun Without(params string[] secrets)
    {
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, Output + Errors, StringComparison.Ordinal));
        return this;
    }
}
