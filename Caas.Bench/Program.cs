using Caas.Bench.Commands;
using Spectre.Console;

return await BenchProgram.RunAsync(args, AnsiConsole.Console);
