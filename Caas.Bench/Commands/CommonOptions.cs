using System.CommandLine;

namespace Caas.Bench.Commands;

/// <summary>Options that several commands have. Each command makes its own instances.</summary>
internal static class CommonOptions
{
    public static JsonOption Json() => new();

    public static SeedOption Seed() => new();

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
