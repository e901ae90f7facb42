using System.CommandLine;
using Caas.Bench.Commands;
using Caas.Bench.Reports;
using Spectre.Console;

namespace Caas.Bench.Faults;

/// <summary><c>fault NAME</c>: one command for each thing that can go wrong.</summary>
internal static class FaultCommand
{
    public static IReadOnlyList<Fault> All =>
    [
        new RollingRestart(),
        new RedisOutage(),
        new GatewayKill(),
        new SlowReader(),
        new Stampede(),
        new StackKill(),
        new SameId(),
        new KafkaOutage(),
    ];

    public static Command Create(IAnsiConsole console)
    {
        var command = new Command("fault", "Makes one thing go wrong under load, with the same checker as crash");
        foreach (var fault in All)
        {
            command.Subcommands.Add(Create(fault, console));
        }

        return command;
    }

    private static Command Create(Fault fault, IAnsiConsole console)
    {
        var json = CommonOptions.Json();
        var command = new Command(fault.Name, fault.Description) { json };
        var options = fault.Options;
        options.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var shape = options.Read(parsed);
            var at = TimeProvider.System.GetLocalNow();
            var outcome = await console.WithProgressAsync(stage => fault.RunAsync(shape, stage, cancellationToken));
            var report = new Report
            {
                Command = $"fault {fault.Name}",
                At = at,
                Seed = shape.Seed,
                Settings = new Dictionary<string, string>(ShapeOptions.Describe(shape)),
                Figures = outcome.Figures,
                Findings = outcome.Findings,
            };
            return await console.ShowAsync(report, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }
}
