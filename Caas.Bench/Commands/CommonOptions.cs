using System.CommandLine;
using System.Security.Cryptography;

namespace Caas.Bench.Commands;

/// <summary>Options that several commands have. Each command makes its own instances.</summary>
internal static class CommonOptions
{
    public static Option<FileInfo?> Json() => new("--json") { Description = "Also write the report to this file, as JSON", HelpName = "FILE" };

    public static Option<int> Seed() => new("--seed")
    {
        Description = "What the load is planned from: the same seed, the same load. Default: one that is printed",
        HelpName = "N",
        DefaultValueFactory = _ => RandomNumberGenerator.GetInt32(1, int.MaxValue),
    };

    public static Option<int> Number(string name, string description, int value, int least = 1, int most = 1_000_000)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var number) && (number < least || number > most))
            {
                result.AddError($"{name} must be from {least} to {most}.");
            }
        });
        return option;
    }
}
