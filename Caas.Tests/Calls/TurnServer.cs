using System.Diagnostics;
using Caas.Standalone;
using Xunit;

namespace Caas.Tests.Calls;

/// <summary>A real coturn (<c>turnserver</c>) from the PATH on a loopback port of its own, with a shared secret.</summary>
internal sealed class TurnServer : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("caas-turn-");
    private readonly Process _process;

    private TurnServer(string path, string secret) =>
        _process = Process.Start(new ProcessStartInfo(path,
        [
            "-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", $"--listening-port={Port}", "--use-auth-secret", $"--static-auth-secret={secret}", "--realm=caas.test", "--no-cli", "--no-tls", "--no-dtls",
            "--log-file=stdout", "--simple-log", $"--pidfile={Path.Combine(_folder.FullName, "pid")}", $"--userdb={Path.Combine(_folder.FullName, "db")}",
        ])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;

    public int Port { get; } = FreePorts.Take();

    /// <summary>Starts one; where there is none the test skips, with the reason.</summary>
    public static TurnServer Start(string secret)
    {
        // Debian keeps it among what administrators run.
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/sbin").Select(folder => Path.Combine(folder, "turnserver")).FirstOrDefault(File.Exists);
        Assert.SkipUnless(path is not null, "No turnserver on the PATH: install it (Debian: apt-get install coturn) to try TURN credentials on a real server.");
        return new(path!, secret);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }
}
