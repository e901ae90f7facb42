using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Caas.Client;
using Caas.ServiceDefaults;
using Caas.Standalone;
using Caas.Tests.Client;
using Caas.Tests.Sqlite;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Caas.Tests.Hosts;

/// <summary>The standalone host as a command: signals, exit codes, what it says.</summary>
public sealed partial class StandaloneCommandTests : IDisposable
{
    /// <summary>Five seconds are promised; a machine that runs a whole test suite meanwhile gets some more.</summary>
    private static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(15);

    private readonly TempFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_stops_it_in_time_and_the_next_start_has_all_data(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such signals.");
        int before;
        await using (var host = Start("--port", "0"))
        {
            using var walk = await WalkOnAsync(host);
            await walk.PrepareAsync();

            // Somebody is connected, and is drained.
            await using var alice = await walk.ConnectAsync("alice", 0);
            var lost = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
            alice.StateChanged += change => _ = change.State == ConnectionState.Reconnecting && lost.TrySetResult(change.Code);
            await alice.SendAsync(Walk.Room, new("before the end"), Cancelled).Soon();
            before = (await walk.LogAsync()).Count;
            var (code, after) = await host.EndBySignalAsync(signal, Cancelled);
            TestContext.Current.TestOutputHelper?.WriteLine($"Stopped {after.TotalSeconds:0.00} s after SIG{signal}.");
            Assert.Equal(0, code);
            Assert.Equal("draining", await lost.Task.Soon());
            Assert.True(after < StopsWithin, $"It took {after}.");
            Assert.Equal("", host.Errors);
        }

        if (signal == "TERM")
        {
            await using var host = Start("--port", "0");
            using var walk = await WalkOnAsync(host);
            await walk.ComeBackAsync();
            var log = await walk.LogAsync();
            Assert.Equal(before, log.Count);
            Assert.Equal("before the end", log[^1].Message!.Text);
        }
    }

    [Fact]
    public async Task It_tells_where_everything_is_how_to_try_it_and_the_admin_key_and_then_what_is_done_line_by_line()
    {
        await using var host = Start("--port", "0", "--replicas", "3");
        using var walk = await WalkOnAsync(host);
        foreach (var part in new[] { "/docs", "/health", "/metrics", "/realtime", "curl -s", _folder.Path, await File.ReadAllTextAsync(Path.Combine(_folder.Path, "admin-key"), Cancelled) })
        {
            Assert.Contains(part.Trim(), host.Output, StringComparison.Ordinal);
        }

        Assert.Equal(3, Regex.Count(host.Output, "/realtime"));
        await walk.PrepareAsync();
        await walk.TwoUsersOnTwoReplicasAsync();
        Assert.Equal("", host.Errors);
        Assert.Matches(@"(?m)^\d\d:\d\d:\d\d info: Caas\.Core\.Entries\.ReservedLogs\[4001\] Administered tenant\.created: tenant \S+,", host.Output);
        Assert.DoesNotContain("info: Microsoft", host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("warn:", host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("fail:", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_environment_sets_the_admin_key_which_is_then_neither_printed_nor_kept()
    {
        await using var host = HostProcess.Start("Caas.Standalone", new Dictionary<string, string> { ["Caas__AdminKey"] = "a-key-of-my-own-that-is-long-enough" }, "--data", _folder.Path, "--port=0");
        using var walk = await WalkOnAsync(host, "a-key-of-my-own-that-is-long-enough");
        await walk.PrepareAsync();
        Assert.DoesNotContain("a-key-of-my-own", host.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder.Path, "admin-key")));
    }

    [Fact]
    public async Task A_port_in_use_is_one_sentence()
    {
        using var other = new TcpListener(IPAddress.Any, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        Assert.SkipWhen(port > 65_000, "The system gave a port so high that there is no room above it.");
        await RefusesAsync($"Port {port} is in use", "--port", port.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_one_sentence()
    {
        var file = Path.Combine(_folder.Path, "a-file");
        await File.WriteAllTextAsync(file, "", Cancelled);
        await RefusesAsync($"cannot be made: {file} is a file, not a folder.", "--port", "0", "--data", Path.Combine(file, "data"));
        await RefusesAsync($"cannot be made: {file} is a file, not a folder.", "--port", "0", "--data", file);
        if (OperatingSystem.IsLinux())
        {
            await RefusesAsync("cannot be made: no folder can be made at that place.", "--port", "0", "--data", "/proc/caas");
        }
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_one_sentence_and_nothing_else()
    {
        await File.WriteAllBytesAsync(Path.Combine(_folder.Path, "caas.db"), [.. Enumerable.Range(0, 8192).Select(i => (byte)(i * 7))], Cancelled);
        await using var host = Start("--port", "0");
        await RefusedAsync(host, "caas.db is not a database of CaaS.");
        Assert.Equal("", host.Output.Trim());
    }

    [Fact]
    public async Task A_second_start_says_which_tenants_are_there_and_neither_the_admin_key_nor_to_make_one_again()
    {
        await using (var first = Start("--port", "0"))
        {
            using var walk = await WalkOnAsync(first);
            Assert.Contains("/v1/tenants -H", first.Output, StringComparison.Ordinal);
            await walk.PrepareAsync();
            first.Kill();
            await first.EndAsync(Cancelled);
        }

        await using var second = Start("--port", "0");
        await second.PrintedAsync("Ready.", Cancelled);
        var key = Path.Combine(_folder.Path, "admin-key");
        Assert.Contains($"Admin key  kept in {key}", second.Output, StringComparison.Ordinal);
        Assert.DoesNotContain((await File.ReadAllTextAsync(key, Cancelled)).Trim(), second.Output, StringComparison.Ordinal);
        Assert.Contains("Tenants here: acme.", second.Output, StringComparison.Ordinal);
        Assert.Contains("/v1/tenants/acme/api-keys", second.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("/v1/tenants -H", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_help_names_the_project_that_was_started()
    {
        await using var host = Start("--help");
        var (code, _) = await host.EndAsync(Cancelled);
        Assert.Equal(0, code);
        Assert.Contains("dotnet run --project Caas.Standalone -- ", host.Output, StringComparison.Ordinal);
        Assert.Contains("dotnet run --project Caas.AppHost -- ", StandaloneOptions.Help("Caas.AppHost"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_in_use_is_one_sentence()
    {
        await using var host = await StandaloneHost.StartAsync(new() { Data = _folder.Path, Port = 0, Replicas = 1 }, Cancelled);
        await RefusesAsync("in use by another process", "--port", "0");
    }

    [Fact]
    public async Task A_locked_database_is_one_sentence()
    {
        await using var other = new SqliteConnection($"Data Source={Path.Combine(_folder.Path, "caas.db")};Pooling=false");
        await other.OpenAsync(Cancelled);
        await using var locking = other.CreateCommand();
        locking.CommandText = "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE theirs (id INTEGER); COMMIT";
        await locking.ExecuteNonQueryAsync(Cancelled);
        await using var host = HostProcess.Start("Caas.Standalone", new Dictionary<string, string> { ["Caas__Sqlite__BusyTimeout"] = "00:00:00.5" }, "--data", _folder.Path, "--port", "0");
        await RefusedAsync(host, "caas.db");
    }

    [Fact]
    public async Task An_unknown_argument_is_one_sentence() => await RefusesAsync("--prot", "--prot", "1");

    [Fact]
    public async Task In_production_a_public_secret_is_one_sentence()
    {
        await using var host = HostProcess.Start("Caas.Standalone", new Dictionary<string, string> { ["ASPNETCORE_ENVIRONMENT"] = "Production", ["Caas__MasterKey"] = "change_this_key" }, "--data", _folder.Path, "--port", "0");
        await RefusedAsync(host, "Caas:MasterKey");
    }

    [Fact]
    public async Task A_secret_that_is_too_short_is_one_sentence()
    {
        await using var host = HostProcess.Start("Caas.Standalone", new Dictionary<string, string> { ["Caas__AdminKey"] = "short" }, "--data", _folder.Path, "--port", "0");
        await RefusedAsync(host, "Caas:AdminKey");
    }

    [Fact]
    public async Task Clients_are_sent_to_the_public_url_with_the_replicas_own_port()
    {
        await using var host = HostProcess.Start("Caas.Standalone", new Dictionary<string, string> { ["Caas__Realtime__PublicUrl"] = "https://chat.example.com:{port}" }, "--data", _folder.Path, "--port", "0");
        using var walk = await WalkOnAsync(host);
        await walk.PrepareAsync();
        using var http = new HttpClient { DefaultRequestHeaders = { Authorization = new("Bearer", await walk.TokenAsync("alice")) } };
        var answer = await http.PostAsync(new Uri($"{Gateway().Match(host.Output).Groups[1].Value}/realtime/negotiate?negotiateVersion=1"), null, Cancelled);
        var text = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.Contains(Replica().Matches(host.Output).Select(match => $"https://chat.example.com:{new Uri(match.Groups[1].Value).Port}/realtime"), text.Contains);
    }

    [Theory]
    [InlineData("--port", "abc")]
    [InlineData("--port", "-1")]
    [InlineData("--port", "65536")]
    [InlineData("--port", "65534")]
    [InlineData("--port")]
    [InlineData("--port=")]
    [InlineData("--replicas", "0")]
    [InlineData("--replicas", "17")]
    [InlineData("--replicas", "1.5")]
    [InlineData("--data", "")]
    [InlineData("--data")]
    [InlineData("data")]
    [InlineData("--Port", "1")]
    public void An_argument_that_cannot_be_is_refused(params string[] arguments) => Assert.Throws<SetupException>(() => StandaloneOptions.Parse(arguments));

    [Fact]
    public void Arguments_say_what_they_say()
    {
        Assert.Equal(new StandaloneOptions { Data = "data", Port = 3000, Replicas = 2 }, StandaloneOptions.Parse([]));
        Assert.Equal(new StandaloneOptions { Data = "/a=b", Port = 5000, Replicas = 16 }, StandaloneOptions.Parse(["--data=/a=b", "--port", "5000", "--replicas=16"]));
        Assert.True(StandaloneOptions.Parse(["--port", "1", "--help"]).HelpOnly);
    }

    private HostProcess Start(params string[] arguments) => HostProcess.Start("Caas.Standalone", new Dictionary<string, string>(), ["--data", _folder.Path, .. arguments]);

    private async Task<Walk> WalkOnAsync(HostProcess host, string? adminKey = null)
    {
        await host.PrintedAsync("Ready.", Cancelled);
        adminKey ??= (await File.ReadAllTextAsync(Path.Combine(_folder.Path, "admin-key"), Cancelled)).Trim();
        return new(new(Gateway().Match(host.Output).Groups[1].Value), [.. Replica().Matches(host.Output).Select(match => new Uri(match.Groups[1].Value))], adminKey);
    }

    private async Task RefusesAsync(string part, params string[] arguments)
    {
        await using var host = Start(arguments);
        await RefusedAsync(host, part);
    }

    private static async Task RefusedAsync(HostProcess host, string part)
    {
        var (code, _) = await host.EndAsync(Cancelled);
        Assert.True(code == 1, $"Exit code {code}.\n{host.Output}\n{host.Errors}");
        Assert.Contains(part, host.Errors, StringComparison.Ordinal);
        Assert.Single(host.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.DoesNotContain("   at ", host.Errors, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"Gateway\s+(http://localhost:\d+)")]
    private static partial Regex Gateway();

    [GeneratedRegex(@"Replica \d+\s+(http://localhost:\d+)")]
    private static partial Regex Replica();
}
