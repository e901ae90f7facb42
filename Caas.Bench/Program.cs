using Caas.Bench.Commands;
using Spectre.Console;

if (Console.IsOutputRedirected)
{
    // A file or another program reads it: lines of their own length.
    AnsiConsole.Profile.Width = 400;
}

return await BenchProgram.RunAsync(args, AnsiConsole.Console);
