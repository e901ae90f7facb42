using System.Reflection;
using System.Runtime.InteropServices;
using Caas.Adapters;
using Caas.ServiceDefaults;

namespace Caas.Standalone;

/// <summary>The command: starts the host, says where everything is, stops with Ctrl+C or SIGTERM.</summary>
public static class StandaloneProgram
{
    /// <summary>What hangs in spite of everything is left behind: whatever was acknowledged is on disk.</summary>
    private static readonly TimeSpan EndWithin = TimeSpan.FromSeconds(4.8);

    /// <returns>The exit code: 0, or 1 behind one sentence on stderr.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        try
        {
            var options = StandaloneOptions.Parse(arguments);
            if (options.HelpOnly)
            {
                Console.WriteLine(StandaloneOptions.Help(Assembly.GetEntryAssembly()?.GetName().Name ?? "Caas.Standalone"));
                return 0;
            }

            return await RunAsync(options);
        }
        catch (Exception exception) when (HostRun.Explain(exception, AdapterSelection.Explain) is { } sentence)
        {
            await Console.Error.WriteLineAsync(sentence);
            return 1;
        }
    }

    private static async Task<int> RunAsync(StandaloneOptions options)
    {
        using var stop = new CancellationTokenSource();
        using var deadline = new Timer(_ =>
        {
            Console.Error.WriteLine("CaaS did not stop in time and ends now; nothing that was acknowledged is lost.");
            Environment.Exit(1);
        });
        void Stop(PosixSignalContext signal)
        {
            // The first one is answered with an orderly end, the second one ends at once.
            if (!stop.IsCancellationRequested)
            {
                signal.Cancel = true;
                deadline.Change(EndWithin, Timeout.InfiniteTimeSpan);
                stop.Cancel();
            }
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            await using var host = await StandaloneHost.StartAsync(options, stop.Token);
            Console.WriteLine(Welcome.Text(host));
            var ended = await Task.WhenAny(host.Ended, Task.Delay(Timeout.Infinite, stop.Token));
            if (ended == host.Ended)
            {
                await Console.Error.WriteLineAsync($"CaaS ends because its {await host.Ended} stopped by itself; the log above says why.");
                return 1;
            }

            Console.WriteLine("Stopping …");
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
    }
}
