using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Caas.ServiceDefaults;
using Caas.Standalone;
using StackExchange.Redis;
using Xunit;

namespace Caas.Tests.Redis;

/// <summary>A Redis of the test's own on a loopback port that stays the same over <see cref="KillAsync"/> and <see cref="StartAsync"/>.</summary>
public abstract class RedisServer : IAsyncDisposable
{
    public int Port { get; } = FreePorts.Take();

    /// <summary>What a host gets as connection string <c>redis</c>.</summary>
    public string ConnectionString => $"127.0.0.1:{Port}";

    /// <summary>Starts it, empty, and returns when it answers.</summary>
    public async Task StartAsync()
    {
        Start();
        var since = Stopwatch.StartNew();
        while (!await AnswersAsync())
        {
            Assert.True(since.Elapsed < TimeSpan.FromSeconds(60), $"{GetType().Name} did not answer on port {Port} within 60 s.");
        }
    }

    /// <summary>Ends it at once; what it held is gone.</summary>
    public abstract Task KillAsync();

    /// <summary>A client as the hosts have it.</summary>
    public async Task<ConnectionMultiplexer> ConnectAsync()
    {
        var options = ConfigurationOptions.Parse(ConnectionString);
        RedisDefaults.Apply(options);
        return await ConnectionMultiplexer.ConnectAsync(options);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract void Start();

    private async Task<bool> AnswersAsync()
    {
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, Port, TestContext.Current.CancellationToken);
            await socket.GetStream().WriteAsync("PING\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            var answer = new byte[5];
            await socket.GetStream().ReadExactlyAsync(answer, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
            return answer.AsSpan().SequenceEqual("+PONG"u8);
        }
        catch (Exception failure) when (failure is SocketException or IOException or TimeoutException)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
            return false;
        }
    }
}

/// <summary>Garnet in this process: what the standalone host runs on. Never missing.</summary>
public sealed class GarnetRedis : RedisServer
{
    private EmbeddedRedis? _server;

    public override Task KillAsync()
    {
        _server?.Dispose();
        _server = null;
        return Task.CompletedTask;
    }

    protected override void Start() => _server = EmbeddedRedis.Start(Port, password: null);
}

/// <summary>A real <c>redis-server</c> from the PATH.</summary>
public sealed class RealRedis : RedisServer
{
    private Process? _process;

    public static bool IsInstalled => Find() is not null;

    /// <summary>Skips the test, with the reason, where there is none.</summary>
    public static void SkipUnlessInstalled() =>
        Assert.SkipUnless(IsInstalled, "No redis-server on the PATH: install it (Debian: apt-get install redis-server) to run this suite on a real Redis.");

    public override async Task KillAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
            _process = null;
        }
    }

    protected override void Start() =>
        _process = Process.Start(new ProcessStartInfo(Find()!, ["--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", Path.GetTempPath()])
        {
            RedirectStandardOutput = true,
        });

    private static string? Find() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "redis-server")).FirstOrDefault(File.Exists);
}
