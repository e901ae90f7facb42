using Caas.Bench.Commands;
using Spectre.Console;
using Xunit;

namespace Caas.Tests.Bench;

/// <summary>Runs a command of the bench, as the command line does.</summary>
internal static class BenchRuns
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(4);

    /// <returns>The exit code, and what was printed.</returns>
    public static async Task<(int Code, string Output)> RunAsync(string arguments)
    {
        await using var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 400;
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(Bound);
        var code = await BenchProgram.RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), console, bound.Token);
        return (code, output.ToString());
    }

    /// <summary>Everything that was promised held.</summary>
    public static async Task<string> HoldsAsync(string arguments)
    {
        var (code, output) = await RunAsync(arguments);
        Assert.True(code == BenchProgram.Held, output);
        Assert.DoesNotContain("BROKEN", output, StringComparison.Ordinal);
        return output;
    }
}
