using System.Diagnostics;
using System.Text;
using Xunit;

namespace Caas.Tests.Hosts;

/// <summary>One of our programs as a process of its own, as its users start it.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    private HostProcess(Process process) => _process = process;

    public string Output => Read(_output);

    public string Errors => Read(_errors);

    public bool IsAlive => !_process.HasExited;

    /// <param name="assembly">Such as <c>Caas.Gateway</c>: it lies beside this one.</param>
    public static HostProcess Start(string assembly, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment.Remove("ASPNETCORE_ENVIRONMENT");
        start.Environment.Remove("DOTNET_ENVIRONMENT");
        start.Environment.Remove("ASPNETCORE_URLS");
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        var host = new HostProcess(process);
        process.OutputDataReceived += (_, line) => Append(host._output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(host._errors, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return host;
    }

    /// <summary>Waits until it has printed something.</summary>
    public async Task PrintedAsync(string text, CancellationToken cancellationToken) =>
        await UntilAsync(() => Task.FromResult(Output.Contains(text, StringComparison.Ordinal)), $"print '{text}'", cancellationToken);

    /// <summary>Waits until it is healthy.</summary>
    public async Task HealthyAsync(int port, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        await UntilAsync(async () =>
        {
            try
            {
                using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/health"), cancellationToken);
                return answer.IsSuccessStatusCode;
            }
            catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
            {
                return false;
            }
        }, $"be healthy on port {port}", cancellationToken);
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code and how long it took.</returns>
    public async Task<(int Code, TimeSpan After)> EndAsync(CancellationToken cancellationToken)
    {
        var since = Stopwatch.StartNew();
        try
        {
            await _process.WaitForExitAsync(cancellationToken).WaitAsync(Patience, cancellationToken);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"It did not end within {Patience.TotalSeconds} s.\n{Output}\n{Errors}");
        }

        return (_process.ExitCode, since.Elapsed);
    }

    /// <summary>Sends a signal, such as <c>TERM</c>, and waits for the end.</summary>
    public async Task<(int Code, TimeSpan After)> EndBySignalAsync(string signal, CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync(cancellationToken);
        return await EndAsync(cancellationToken);
    }

    /// <summary>What it takes of the machine now: resident bytes and threads.</summary>
    public (long Memory, int Threads) Load()
    {
        _process.Refresh();
        return (_process.WorkingSet64, _process.Threads.Count);
    }

    /// <summary>SIGKILL: no farewell.</summary>
    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private Task UntilAsync(Func<Task<bool>> holds, string what, CancellationToken cancellationToken) =>
        Eventually.HoldsAsync(
            async () =>
            {
                if (await holds())
                {
                    return null;
                }

                Assert.False(_process.HasExited, $"It ended before it came to {what}.\n{Output}\n{Errors}");
                return $"it did not {what}.\n{Output}\n{Errors}";
            },
            cancellationToken);

    private static void Append(StringBuilder text, string? line)
    {
        lock (text)
        {
            if (line is not null)
            {
                text.AppendLine(line);
            }
        }
    }

    private static string Read(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }
}
