using System.CommandLine;
using Caas.Bench.Append;
using Caas.Bench.Broken;
using Caas.Bench.Chat;
using Caas.Bench.Clusters;
using Caas.Bench.Crash;
using Caas.Bench.Depth;
using Caas.Bench.Faults;
using Caas.Bench.League;
using Caas.Bench.Lists;
using Spectre.Console;

namespace Caas.Bench.Commands;

/// <summary>The command line. Exit codes: 0, everything that was promised held; 1, something did not; 2, the run itself could not be made.</summary>
internal static class BenchProgram
{
    public const int Held = 0;
    public const int Broken = 1;
    public const int NotRun = 2;

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
        ListsCommand.Create(console),
        BareHubCommand.Create(),
        RedisCommand.Create(),
    ];

    public static async Task<int> RunAsync(string[] arguments, IAnsiConsole console, CancellationToken cancellationToken = default)
    {
        var root = new RootCommand("Proves what CaaS promises: load, crashes and other faults, with a checker that reads back what was stored.");
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
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }, cancellationToken);
        }
        catch (BenchException failure)
        {
            console.MarkupLineInterpolated($"[red]{failure.Message}[/]");
            return NotRun;
        }
        catch (OperationCanceledException)
        {
            console.MarkupLine("Interrupted: nothing is proven by this run.");
            return NotRun;
        }
    }
}
