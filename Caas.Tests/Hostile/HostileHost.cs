using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Caas.Tests.Gateway;
using Caas.Tests.Hosts;
using Caas.Tests.Sqlite;
using Xunit;

namespace Caas.Tests.Hostile;

[CollectionDefinition]
public sealed class HostileCollection : ICollectionFixture<HostileHost>;

/// <summary>
/// The platform as a process of its own, for all that is sent to it with bad intent: what would kill it kills no tests. It has the tenant <c>acme</c> (alice, bob, a room) and its rival with the same ids.
/// At the end it must be as it was: healthy, no fault in its log, no more memory and threads than before, and a normal walk works.
/// </summary>
public sealed partial class HostileHost : IAsyncLifetime
{
    public const string AdminKey = "admin-key-of-the-hostile-tests";
    public const string JwtSecret = "the-secret-that-signs-tokens-in-the-hostile-tests";

    private const long MostMoreMemory = 400L * 1024 * 1024;
    private const int MostMoreThreads = 64;

    private readonly TempFolder _folder = new();
    private readonly ConcurrentDictionary<string, int> _counts = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private HostProcess _process = null!;
    private Task<string> _silent = null!;
    private (long Memory, int Threads) _before;

    public int Gateway { get; private set; }

    public IReadOnlyList<int> Replicas { get; private set; } = [];

    /// <summary>What the corpus may name: tokens, keys, ids.</summary>
    public Dictionary<string, string> Values { get; } = new(StringComparer.Ordinal);

    public Api Backend => new(_http, ("X-Api-Key", Values["key"]));

    public Api Rival => new(_http, ("X-Api-Key", Values["rival-key"]));

    public Api Anyone => new(_http);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var environment = new Dictionary<string, string> { ["Caas__AdminKey"] = AdminKey, ["JWT_SECRET"] = JwtSecret, ["Caas__RateLimits__HubCallsPerMinute"] = "0" };
        _process = HostProcess.Start("Caas.Standalone", environment, "--data", _folder.Path, "--port", "0");
        await _process.PrintedAsync("Ready.", Cancelled);
        Gateway = PortOf(GatewayLine());
        await _process.HealthyAsync(Gateway, Cancelled);
        Replicas = [.. ReplicaLine().Matches(_process.Output).Select(match => PortOf(match))];
        Assert.Equal(2, Replicas.Count);
        _http.BaseAddress = new($"http://127.0.0.1:{Gateway}");
        await PrepareAsync("acme", "");
        await PrepareAsync("rival", "rival-");

        // The first one builds the document, which takes seconds on a busy machine: no input of the corpus is to wait for that.
        (await Anyone.GetAsync("/openapi/v1.json")).Expect(System.Net.HttpStatusCode.OK);
        _silent = SilenceAsync();
        _before = _process.Load();
    }

    /// <summary>Notes how many inputs of an area were sent.</summary>
    public void Count(string area, int inputs) => _counts.AddOrUpdate(area, inputs, (_, known) => known + inputs);

    /// <summary>All that acme holds, as its backend sees it.</summary>
    public async Task<string> StateAsync(string tenant = "")
    {
        var api = new Api(_http, ("X-Api-Key", Values[$"{tenant}key"]));
        var parts = new List<string>();
        foreach (var path in new[] { "/v1/tenant", "/v1/users?limit=200", "/v1/api-keys?limit=200", "/v1/conversations/room/members", "/v1/conversations/room/entries?limit=1000" })
        {
            parts.Add(LastUsed().Replace((await api.GetAsync(path)).Expect(System.Net.HttpStatusCode.OK).Text, ""));
        }

        // The list's summaries follow the log within a second: what does not follow is compared.
        var conversations = (await api.GetAsync("/v1/conversations?limit=200")).Expect(System.Net.HttpStatusCode.OK).Items.Select(item => $"{item.GetProperty("id")} {item.GetProperty("name")} {item.GetProperty("memberCount")} {item.GetProperty("updatedAt")}");
        return string.Join("\n", parts.Concat(conversations.Order(StringComparer.Ordinal)));
    }

    public void MustLive() => Assert.True(_process.IsAlive, $"The process has ended.\n{_process.Output}\n{_process.Errors}");

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_silent is not null)
            {
                await AfterwardsAsync();
            }
        }
        finally
        {
            _http.Dispose();
            await _process.DisposeAsync();
            _folder.Dispose();
        }
    }

    private async Task AfterwardsAsync()
    {
        Assert.Equal("closed", await _silent);
        MustLive();
        using var health = await _http.GetAsync(new Uri("/health", UriKind.Relative), CancellationToken.None);
        var said = await health.Content.ReadAsStringAsync(CancellationToken.None);
        Assert.StartsWith("{\"status\":\"healthy\"", said, StringComparison.Ordinal);
        using (var walk = new Walk(_http.BaseAddress!, [.. Replicas.Select(port => new Uri($"http://127.0.0.1:{port}"))], AdminKey, "afterwards"))
        {
            await walk.PrepareAsync();
            await walk.TwoUsersOnTwoReplicasAsync();
        }

        var after = _process.Load();
        TestContext.Current.SendDiagnosticMessage($"Hostile input: {_counts.Values.Sum()} ({string.Join(", ", _counts.OrderBy(area => area.Key).Select(area => $"{area.Key} {area.Value}"))}); memory {_before.Memory >> 20} MiB before, {after.Memory >> 20} MiB after; threads {_before.Threads} and {after.Threads}.");
        Assert.True(after.Memory - _before.Memory < MostMoreMemory, $"It grew from {_before.Memory >> 20} to {after.Memory >> 20} MiB.");
        Assert.True(after.Threads - _before.Threads < MostMoreThreads, $"It went from {_before.Threads} to {after.Threads} threads.");

        // What strangers send is no fault of ours: nobody is to be woken by it.
        var faults = _process.Output.Split('\n').SkipWhile(line => !line.Contains("fail:", StringComparison.Ordinal) && !line.Contains("crit:", StringComparison.Ordinal)).Take(20).ToArray();
        Assert.True(faults.Length == 0, string.Join('\n', faults));
        Assert.Equal("", _process.Errors);
    }

    /// <summary>A connection whose handshake never comes; SignalR waits 15 s for one.</summary>
    private async Task<string> SilenceAsync()
    {
        var since = Stopwatch.GetTimestamp();
        using var hub = await RawHub.ConnectAsync(Replicas[0], Values["alice"], CancellationToken.None);
        while (await hub.ReceiveAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60), CancellationToken.None) is not null)
        {
        }

        return Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(60) ? "closed" : "open for too long";
    }

    private async Task PrepareAsync(string tenant, string prefix)
    {
        var admin = new Api(_http, ("Authorization", $"Bearer {AdminKey}"));
        var off = new { perKeyPerMinute = 0, perUserPerMinute = 0, hubMessagesPerSecond = 0, hubTypingPerSecond = 0, hubJoinsPerSecond = 0 };
        (await admin.PostAsync("/v1/tenants", new { id = tenant, name = tenant })).Expect(System.Net.HttpStatusCode.Created);
        (await admin.PatchAsync($"/v1/tenants/{tenant}", new { settings = new { rateLimits = off, corsOrigins = new[] { "*" } } })).Expect(System.Net.HttpStatusCode.OK);
        Values[$"{prefix}key"] = (await admin.PostAsync($"/v1/tenants/{tenant}/api-keys", new { name = "backend" })).Expect(System.Net.HttpStatusCode.Created)["key"].GetString()!;
        var backend = new Api(_http, ("X-Api-Key", Values[$"{prefix}key"]));
        (await backend.PostAsync("/v1/api-keys", new { name = "spare" })).Expect(System.Net.HttpStatusCode.Created);
        foreach (var user in new[] { "alice", "albert", "bob" })
        {
            (await backend.PutAsync($"/v1/users/{user}", new { name = $"{user} of {tenant}" })).Expect(System.Net.HttpStatusCode.Created);
            Values[prefix + user] = (await backend.PostAsync($"/v1/users/{user}/tokens")).Expect(System.Net.HttpStatusCode.Created)["token"].GetString()!;
        }

        foreach (var room in new[] { "room", "second" })
        {
            (await backend.PostAsync("/v1/conversations", new { type = "group", id = room, memberIds = new[] { "alice", "bob" } })).Expect(System.Net.HttpStatusCode.Created);
        }

        var alice = new Api(_http, ("Authorization", $"Bearer {Values[prefix + "alice"]}"));
        Values[$"{prefix}message"] = (await alice.PostAsync("/v1/conversations/room/messages", new { text = $"the first of {tenant}", clientMessageId = "first" })).Expect(System.Net.HttpStatusCode.Created).Id;
        Values[$"{prefix}key-id"] = Values[$"{prefix}key"].Split('.')[0];
        Values[$"{prefix}key-secret"] = Values[$"{prefix}key"].Split('.')[1];
    }

    private int PortOf(Regex line) => PortOf(line.Match(_process.Output));

    private static int PortOf(Match match) => int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex("\"lastUsedAt\":\"[^\"]*\"")]
    private static partial Regex LastUsed();

    [GeneratedRegex(@"Gateway\s+http://localhost:(\d+)")]
    private static partial Regex GatewayLine();

    [GeneratedRegex(@"Replica \d+\s+http://localhost:(\d+)")]
    private static partial Regex ReplicaLine();
}
