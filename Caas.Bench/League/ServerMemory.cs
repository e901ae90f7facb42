using System.Diagnostics;
using System.Diagnostics.Tracing;
using System.Globalization;
using Microsoft.Diagnostics.NETCore.Client;

namespace Caas.Bench.League;

/// <summary>What a .NET process holds when it holds nothing that it does not need.</summary>
internal static class ServerMemory
{
    private const string RuntimeProvider = "Microsoft-Windows-DotNETRuntime";

    /// <summary>GCHeapCollect: the runtime collects everything, in full and blocking, when a session with it begins.</summary>
    private const long CollectHeap = 0x800000;

    private static readonly TimeSpan CollectFor = TimeSpan.FromMilliseconds(400);

    /// <summary>Collects twice (what has a finalizer is gone only after the second time), lets the memory be given back, and reads.</summary>
    /// <param name="settle">How long for that.</param>
    /// <returns>Private bytes in memory, over all processes.</returns>
    public static async Task<double> SettledAsync(IReadOnlyList<int> processes, TimeSpan settle, CancellationToken cancellationToken)
    {
        for (var time = 0; time < 2; time++)
        {
            await Task.WhenAll(processes.Select(process => CollectAsync(process, cancellationToken)));
        }

        await Task.Delay(settle, cancellationToken);
        return processes.Sum(PrivateBytes);
    }

    private static async Task CollectAsync(int process, CancellationToken cancellationToken)
    {
        // From outside, through the runtime's diagnostics port: the services have no switch for it.
        using var session = await new DiagnosticsClient(process).StartEventPipeSessionAsync(
            [new EventPipeProvider(RuntimeProvider, EventLevel.Informational, CollectHeap)],
            requestRundown: false,
            circularBufferMB: 16,
            token: cancellationToken);
        var reading = session.EventStream.CopyToAsync(Stream.Null, cancellationToken);
        await Task.Delay(CollectFor, cancellationToken);
        await session.StopAsync(cancellationToken);
        await reading;
    }

    /// <summary>On Linux what is the process's alone (not the pages of files that it shares); elsewhere its working set.</summary>
    private static double PrivateBytes(int id)
    {
        if (OperatingSystem.IsLinux())
        {
            // Such as "Private_Dirty:     12345 kB".
            return File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/smaps_rollup"))
                .Where(line => line.StartsWith("Private_", StringComparison.Ordinal))
                .Sum(line => double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)) * 1024;
        }

        using var process = Process.GetProcessById(id);
        return process.WorkingSet64;
    }
}
