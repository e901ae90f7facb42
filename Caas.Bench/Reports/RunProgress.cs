using Spectre.Console;

namespace Caas.Bench.Reports;

/// <summary>A bar while something runs; where the console is no terminal, a line now and then.</summary>
internal static class RunProgress
{
    /// <param name="act">Gets the task to report on: its maximum is <paramref name="total"/>, its description may change.</param>
    public static Task<T> WithProgressAsync<T>(this IAnsiConsole console, string what, double total, Func<ProgressTask, Task<T>> act) =>
        console.Progress()
            .AutoClear(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(context => act(context.AddTask(Markup.Escape(what), maxValue: total)));
}
