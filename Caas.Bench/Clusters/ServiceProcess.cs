using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Caas.Bench.Clusters;

/// <summary>One program of the platform as a process of its own, that can be killed and started again.</summary>
/// <param name="name">What reports call it.</param>
/// <param name="arguments">The program and what it gets.</param>
/// <param name="isReadyAsync">Whether it does its work.</param>
internal sealed class ServiceProcess(string name, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, Func<CancellationToken, Task<bool>> isReadyAsync) : IAsyncDisposable
{
    private const int SigTerm = 15;
    private const int KeptLines = 40;

    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan EndWithin = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly Queue<string> _lines = new();
    private Process? _process;

    public string Name => name;

    /// <summary>The system's id of it.</summary>
    /// <exception cref="BenchException">It does not run.</exception>
    public int Id => _process?.Id ?? throw new BenchException($"{name} does not run.");

    /// <summary>What it used of the processor's time so far; zero when it does not run.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            try
            {
                _process?.Refresh();
                return _process?.TotalProcessorTime ?? TimeSpan.Zero;
            }
            catch (InvalidOperationException)
            {
                return TimeSpan.Zero;
            }
        }
    }

    /// <summary>One of our own programs, which lies beside this one.</summary>
    public static IReadOnlyList<string> Program(string assembly, params string[] arguments) =>
        [Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll"), .. arguments];

    /// <summary>Starts it without waiting for it.</summary>
    public void Launch()
    {
        var start = new ProcessStartInfo(arguments[0], arguments.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = AppContext.BaseDirectory };
        foreach (var own in start.Environment.Keys.Where(key => key.StartsWith("ASPNETCORE_", StringComparison.Ordinal) || key.StartsWith("Caas__", StringComparison.OrdinalIgnoreCase) || key is "DOTNET_ENVIRONMENT").ToArray())
        {
            start.Environment.Remove(own);
        }

        foreach (var (variable, value) in environment)
        {
            start.Environment[variable] = value;
        }

        try
        {
            _process = Process.Start(start)!;
        }
        catch (Exception failure) when (failure is System.ComponentModel.Win32Exception or IOException)
        {
            throw new BenchException($"{name} cannot be started: {failure.Message}", failure);
        }

        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Waits until it does its work.</summary>
    /// <exception cref="BenchException">It ended, or took too long.</exception>
    public async Task ReadyAsync(CancellationToken cancellationToken)
    {
        for (var since = Stopwatch.GetTimestamp(); !await IsReadyAsync(cancellationToken); await Task.Delay(Look, cancellationToken))
        {
            if (_process is not { HasExited: false })
            {
                throw new BenchException($"{name} ended before it was ready. It said:\n{Said()}");
            }

            if (Stopwatch.GetElapsedTime(since) > ReadyWithin)
            {
                throw new BenchException($"{name} was not ready within {ReadyWithin.TotalSeconds} s. It said:\n{Said()}");
            }
        }
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Launch();
        await ReadyAsync(cancellationToken);
    }

    /// <summary>SIGKILL: no farewell, no last write.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            process.Dispose();
        }
    }

    /// <summary>SIGTERM, as a deployment stops a service; waits for its end.</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> TerminateAsync(CancellationToken cancellationToken)
    {
        if (_process is not { } process)
        {
            return TimeSpan.Zero;
        }

        var since = Stopwatch.GetTimestamp();
        if (OperatingSystem.IsWindows() || kill(process.Id, SigTerm) != 0)
        {
            throw new BenchException($"{name} cannot be sent SIGTERM on this system.");
        }

        try
        {
            await process.WaitForExitAsync(cancellationToken).WaitAsync(EndWithin, cancellationToken);
        }
        catch (TimeoutException failure)
        {
            throw new BenchException($"{name} did not end within {EndWithin.TotalSeconds} s of SIGTERM. It said:\n{Said()}", failure);
        }

        _process = null;
        process.Dispose();
        return Stopwatch.GetElapsedTime(since);
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await isReadyAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is HttpRequestException or SocketException or IOException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private void Keep(string? line)
    {
        lock (_lines)
        {
            if (line is not null)
            {
                _lines.Enqueue(line);
                if (_lines.Count > KeptLines)
                {
                    _lines.Dequeue();
                }
            }
        }
    }

    private string Said()
    {
        lock (_lines)
        {
            return string.Join('\n', _lines);
        }
    }

#pragma warning disable IDE1006, SYSLIB1054 // The C library's own name; .NET sends no SIGTERM.
    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int process, int signal);
#pragma warning restore IDE1006, SYSLIB1054
}
