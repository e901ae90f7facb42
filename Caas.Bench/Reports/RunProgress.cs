using Spectre.Console;

namespace Caas.Bench.Reports;

/// <summary>A bar while something runs; where the console is no terminal, a line now and then.</summary>
internal static class RunProgress
{
    public static Task<T> WithProgressAsync<T>(this IAnsiConsole console, Func<Stage, Task<T>> act) =>
        console.Progress()
            .AutoClear(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(context => act(new(context.AddTask("Starting"))));
}
