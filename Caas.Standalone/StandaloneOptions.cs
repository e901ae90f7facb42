using System.Globalization;
using Caas.ServiceDefaults;

namespace Caas.Standalone;

/// <summary>What the command line says.</summary>
public sealed record StandaloneOptions
{
    /// <param name="program">What was started, such as <c>Caas.AppHost</c>.</param>
    public static string Help(string program) => $"""
        CaaS in one process: gateway, realtime replicas, database, all of it.

        Usage: dotnet run --project {program} -- [options]

          --data DIR      Where everything is kept. One host at a time has it. Default ./data
          --port P        The gateway listens on P, metrics on P+1, the replicas on P+2, P+3, …
                          0 takes ports that are free. Default 3000
          --replicas N    How many realtime replicas, 1 to 16. Default 2
          --help          This text

        Caas__AdminKey in the environment sets the admin key; otherwise one is made at first start and kept in DIR/admin-key.
        """;

    private const int MostReplicas = 16;

    /// <summary>The data folder; made when it is missing.</summary>
    public string Data { get; init; } = "data";

    /// <summary>The gateway's port; metrics and replicas follow. 0: free ones.</summary>
    public int Port { get; init; } = 3000;

    /// <summary>1 to 16.</summary>
    public int Replicas { get; init; } = 2;

    /// <summary>Whether only the help was asked for.</summary>
    public bool HelpOnly { get; init; }

    /// <exception cref="SetupException">An argument is not known, lacks its value, or has one that cannot be.</exception>
    public static StandaloneOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new StandaloneOptions();
        for (var i = 0; i < arguments.Count; i++)
        {
            // --name value and --name=value
            var split = arguments[i].IndexOf('=', StringComparison.Ordinal);
            var (name, inline) = split > 0 ? (arguments[i][..split], arguments[i][(split + 1)..]) : (arguments[i], null);
            string Value() => inline ?? (++i < arguments.Count ? arguments[i] : throw new SetupException($"{name} needs a value; see --help."));
            switch (name)
            {
                case "--help" or "-h" or "-?" when inline is null:
                    return options with { HelpOnly = true };
                case "--data":
                    options = options with { Data = Value() is { Length: > 0 } folder ? folder : throw new SetupException("--data must name a folder.") };
                    break;
                case "--port":
                    options = options with { Port = Number(name, Value(), 0, 65_535) };
                    break;
                case "--replicas":
                    options = options with { Replicas = Number(name, Value(), 1, MostReplicas) };
                    break;
                default:
                    throw new SetupException($"'{arguments[i]}' is not an argument that CaaS knows; see --help.");
            }
        }

        return options.Port + 1 + options.Replicas <= 65_535
            ? options
            : throw new SetupException($"--port {options.Port} leaves no room for the metrics and {options.Replicas} replicas above it: take one up to {65_535 - 1 - options.Replicas}.");
    }

    private static int Number(string name, string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new SetupException($"{name} must be a number from {least} to {most}, not '{value}'.");
}
