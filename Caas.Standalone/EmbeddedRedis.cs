using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using Garnet;

namespace Caas.Standalone;

/// <summary>
/// Garnet in this process, in the place of Redis: on a loopback port that happens to be free, behind a password that nobody else knows,
/// since every local user can reach a loopback port. It keeps nothing on disk; nothing durable is in it.
/// </summary>
internal sealed class EmbeddedRedis : IDisposable
{
    private readonly GarnetServer _server;

    private EmbeddedRedis(GarnetServer server, string connectionString) => (_server, ConnectionString) = (server, connectionString);

    /// <summary>What goes under the connection name <c>redis</c>.</summary>
    public string ConnectionString { get; }

    /// <summary>Starts it on a free port.</summary>
    public static EmbeddedRedis Start()
    {
        var password = RandomNumberGenerator.GetHexString(32, lowercase: true);
        for (var tries = 0; ; tries++)
        {
            try
            {
                return Start(FreePorts.Take(), password);
            }
            catch (SocketException) when (tries < 5)
            {
                // Somebody took the port between our look and Garnet's: another one.
            }
        }
    }

    /// <param name="password">Null: none is asked for.</param>
    public static EmbeddedRedis Start(int port, string? password)
    {
        string[] arguments =
        [
            "--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1",
            "--memory", "128m", "--index", "8m", "--lua", "true", "--lua-transaction-mode", "true", "-q", "true", "--logger-level", "Critical",
            .. password is null ? Array.Empty<string>() : ["--auth", "Password", "--password", password],
        ];
        var server = new GarnetServer(arguments);
        try
        {
            server.Start();
        }
        catch
        {
            server.Dispose();
            throw;
        }

        return new(server, $"127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}" + (password is null ? "" : $",password={password}"));
    }

    public void Dispose() => _server.Dispose();
}
