using System.CommandLine;
using System.Runtime.InteropServices;
using Caas.Bench.Append;
using Caas.Bench.Broken;
using Caas.Bench.Chat;
using Caas.Bench.Clusters;
using Caas.Bench.Cost;
using Caas.Bench.Crash;
using Caas.Bench.Depth;
using Caas.Bench.EventLog;
using Caas.Bench.FanOut;
using Caas.Bench.Faults;
using Caas.Bench.League;
using Caas.Bench.Lists;
using Caas.Bench.Reports;
using Caas.Bench.Search;
using Caas.Client;
using Spectre.Console;

namespace Caas.Bench.Commands;

/// <summary>The command line. Exit codes: 0, everything that was promised held; 1, something did not; 2, the run itself could not be made.</summary>
internal static class BenchProgram
{
    public const int Held = 0;
    public const int Broken = 1;
    public const int NotRun = 2;

    /// <summary>So long an interrupted run may take to end its processes and remove its folder. It takes well under a second, unless the machine is busy.</summary>
    private static readonly TimeSpan TidiesWithin = TimeSpan.FromSeconds(20);

    /// <summary>Every command, each made in its own folder.</summary>
    private static IEnumerable<Command> Commands(IAnsiConsole console) =>
    [
        ChatCommand.Create(console),
        CrashCommand.Create(console),
        FaultCommand.Create(console),
        BrokenHostCommand.Create(),
        AppendCommand.Create(console),
        DepthCommand.Create(console),
        LeagueCommand.Create(console),
        FanOutCommand.Create(console),
        CostCommand.Create(console),
        ListsCommand.Create(console),
        SearchCommand.Create(console),
        EventLogCommand.Create(console),
        BareHubCommand.Create(),
        RedisCommand.Create(),
    ];

    public static async Task<int> RunAsync(string[] arguments, IAnsiConsole console, CancellationToken cancellationToken = default)
    {
        var root = new RootCommand("Proves what CaaS promises: load, crashes and other faults, with a checker that reads back what was stored. Exit codes: 0, everything that was judged holds; 1, something is broken; 2, not run, or interrupted.");
        foreach (var command in Commands(console))
        {
            root.Subcommands.Add(command);
        }

        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            // Their own way would end with the code of a promise that was broken.
            foreach (var error in parsed.Errors)
            {
                console.MarkupLineInterpolated($"[red]{error.Message}[/]");
            }

            console.MarkupLine("See --help.");
            return NotRun;
        }

        try
        {
            foreach (var option in parsed.CommandResult.Command.Options.OfType<JsonOption>())
            {
                if (parsed.GetValue(option) is { } file)
                {
                    ReportJson.RequireWritable(file);
                }
            }

            var code = await InvokeAsync(parsed, cancellationToken);
            return code is Held or Broken or NotRun ? code : Interrupted(console);
        }
        catch (BenchException failure)
        {
            console.MarkupLineInterpolated($"[red]{failure.Message}[/]");
            return NotRun;
        }
        catch (Exception failure) when (failure is CaasException or HttpRequestException or TimeoutException)
        {
            console.MarkupLineInterpolated($"[red]The platform does not do what the run needs: {failure.Message}[/]");
            return NotRun;
        }
        catch (OperationCanceledException)
        {
            return Interrupted(console);
        }
    }

    /// <summary>Ctrl-C and SIGTERM are the library's to watch; a terminal that closes (SIGHUP) ends a run in the same way.</summary>
    private static async Task<int> InvokeAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TidiesWithin };
        if (parsed.CommandResult.Command.Hidden)
        {
            // A service of a run: the system ends it.
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }

        using var closed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var watch = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            closed.Cancel();
        });
        return await parsed.InvokeAsync(configuration, closed.Token);
    }

    private static int Interrupted(IAnsiConsole console)
    {
        console.MarkupLine("Interrupted: nothing is proven by this run.");
        return NotRun;
    }
}
