using System.Globalization;

namespace Caas.Bench.Clusters;

/// <summary>A Redis of the run's own: <c>redis-server</c> where it is on the path, otherwise Garnet.</summary>
internal static class RedisServer
{
    private static readonly string? Program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "redis-server")).FirstOrDefault(File.Exists);

    public static string Description => Program is null ? "Garnet" : "redis-server";

    public static string AddressOf(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");

    /// <summary>Not started yet; it keeps nothing.</summary>
    public static ServiceProcess On(int port, Scratch scratch)
    {
        var number = port.ToString(CultureInfo.InvariantCulture);
        IReadOnlyList<string> program = Program is null
            ? ServiceProcess.Program("Caas.Bench", RedisCommand.Name, "--port", number)
            : [Program, "--port", number, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", scratch.Folder];
        return new("Redis", program, new Dictionary<string, string>(), cancellationToken => Probe.AnswersPingAsync(port, cancellationToken));
    }
}
