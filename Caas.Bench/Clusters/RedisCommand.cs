using System.CommandLine;
using Caas.Standalone;

namespace Caas.Bench.Clusters;

/// <summary>Hidden: Garnet as a process of its own, for machines without <c>redis-server</c>. It runs until it is killed.</summary>
internal static class RedisCommand
{
    public const string Name = "redis";

    public static Command Create()
    {
        var port = new Option<int>("--port") { Required = true };
        var command = new Command(Name, "Runs Garnet in the place of Redis") { port };
        command.Hidden = true;
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var server = EmbeddedRedis.Start(parsed.GetValue(port), password: null);
            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 0;
        });
        return command;
    }
}
