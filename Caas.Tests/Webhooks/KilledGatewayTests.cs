using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Caas.Standalone;
using Caas.Tests.Gateway;
using Caas.Tests.Hosts;
using Caas.Tests.Redis;
using Caas.Tests.Sqlite;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Caas.Tests.Webhooks;

/// <summary>A gateway that is a process of its own is killed while it tells a webhook and while it administers, and another one begins on what it has left.</summary>
public sealed class KilledGatewayTests : IAsyncLifetime
{
    private const string AdminKey = "an-admin-key-of-the-tests-own";
    private const string Rooms = "room,other";

    private readonly TempFolder _folder = new();
    private readonly GarnetRedis _redis = new();
    private readonly HttpClient _http = new();
    private WebhookReceiver _receiver = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _redis.StartAsync();
        _receiver = await WebhookReceiver.StartAsync(Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _receiver.DisposeAsync();
        await _redis.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_it_was_telling_is_told_again_and_nothing_else_and_what_it_did_without_recording_it_is_recorded_as_unknown()
    {
        var port = FreePorts.Take();
        _http.BaseAddress = new($"http://127.0.0.1:{port}");
        await using var first = Start(port);
        await first.HealthyAsync(port, Cancelled);
        var backend = await PrepareAsync();

        // Of each conversation the fifth message is told and never answered.
        var hanging = new ConcurrentDictionary<string, TaskCompletionSource>(Rooms.Split(',').Select(room => KeyValuePair.Create(room, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))));
        var dead = false;
        _receiver.Answer("hook", async (received, context) =>
        {
            if (!Volatile.Read(ref dead) && received.Text == "4")
            {
                var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                using var registered = context.RequestAborted.Register(gone.SetResult);
                hanging[received.Json.GetProperty("subject").GetString()!].TrySetResult();
                await gone.Task;
            }
        });
        var writer = backend.With("X-On-Behalf-Of", "ann");
        for (var n = 0; n < 10; n++)
        {
            foreach (var room in Rooms.Split(','))
            {
                (await writer.PostAsync($"/v1/conversations/{room}/messages", new { text = $"{n}" })).Expect(HttpStatusCode.Created);
            }
        }

        await Task.WhenAll(hanging.Values.Select(room => room.Task)).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);

        // A key is made, and its record cannot be written: there the process dies.
        Execute("CREATE TRIGGER no_record BEFORE INSERT ON entries WHEN NEW.type = 'audit.recorded' BEGIN SELECT RAISE(ABORT, 'not now'); END");
        var call = backend.PostAsync("/v1/api-keys", new { name = "made and not recorded" });
        await Eventually.HoldsAsync(() => Execute("SELECT count(*) FROM entries WHERE type = 'api_key.created'") is 2L, "the key is made", Cancelled);
        first.Kill();
        await first.EndAsync(Cancelled);
        await call.ContinueWith(_ => { }, Cancelled, TaskContinuationOptions.None, TaskScheduler.Default);
        Assert.Equal(1L, Execute("SELECT count(*) FROM timed WHERE kind = 'audit'"));
        Execute("DROP TRIGGER no_record");

        Volatile.Write(ref dead, true);
        await using var second = Start(port);
        await second.HealthyAsync(port, Cancelled);
        await Eventually.HoldsAsync(() => _receiver.At("hook").DistinctBy(one => one.Id).Count() == 20, "all are told", Cancelled);
        var deliveries = $"/v1/webhooks/{(await backend.GetAsync("/v1/webhooks")).Items[0].GetProperty("id").GetString()}/deliveries?limit=100";
        await Eventually.HoldsAsync(async () => (await backend.GetAsync(deliveries)).Items is { Count: 20 } items && items.All(item => item.GetProperty("state").GetString() == "delivered") ? null : "not all are recorded", Cancelled);
        foreach (var room in Rooms.Split(','))
        {
            var told = _receiver.At("hook").Where(one => one.Json.GetProperty("subject").GetString() == room).ToList();
            Assert.Equal(["0", "1", "2", "3", "4", "4", "5", "6", "7", "8", "9"], told.Select(one => one.Text));
            Assert.Equal(told[4].Id, told[5].Id);
            Assert.Equal(told[4].Body, told[5].Body);
        }

        Answer unknown = null!;
        await Eventually.HoldsAsync(async () => (unknown = await backend.GetAsync("/v1/audit-log?action=api_key.created")).Items.Count == 2 ? null : unknown.Text, Cancelled);
        Assert.Equal(["unknown", "done"], unknown.Items.Select(item => item.GetProperty("outcome").GetString()));
        var (one, done) = (unknown.Items[0], unknown.Items[1]);
        Assert.StartsWith("key:", one.GetProperty("actor").GetString(), StringComparison.Ordinal);
        Assert.Equal("127.0.0.1", one.GetProperty("ipAddress").GetString());
        Assert.InRange(one.GetProperty("since").GetDateTimeOffset(), done.GetProperty("at").GetDateTimeOffset(), one.GetProperty("at").GetDateTimeOffset());
        Assert.Equal(0L, Execute("SELECT count(*) FROM timed WHERE kind = 'audit'"));
    }

    private HostProcess Start(int port) => HostProcess.Start("Caas.Gateway", new Dictionary<string, string>
    {
        ["ConnectionStrings__caasdb"] = _folder.ConnectionString,
        ["ConnectionStrings__redis"] = _redis.ConnectionString,
        ["Caas__AdminKey"] = AdminKey,
        ["Caas__Gateway__Port"] = port.ToString(CultureInfo.InvariantCulture),
        ["Caas__Gateway__MetricsPort"] = FreePorts.Take().ToString(CultureInfo.InvariantCulture),
        ["Caas__Webhooks__AllowPrivateAddresses"] = "true",
        ["Caas__Webhooks__Timeout"] = "00:01:00",
        ["Caas__Audit__UnknownAfter"] = "00:00:01",

        // Nobody waits for long for a lease that the dead one holds.
        ["Caas__Feed__LeaseDuration"] = "00:00:01",
    });

    private async Task<Api> PrepareAsync()
    {
        var admin = new Api(_http, ("Authorization", $"Bearer {AdminKey}"));
        (await admin.PostAsync("/v1/tenants", new { id = "acme", name = "Acme" })).Expect(HttpStatusCode.Created);
        var backend = new Api(_http, ("X-Api-Key", (await admin.PostAsync("/v1/tenants/acme/api-keys", new { name = "backend" })).Expect(HttpStatusCode.Created)["key"].GetString()!));
        (await backend.PostAsync("/v1/users/batch", new { users = new[] { new { id = "ann", name = "Ann" } } })).Expect(HttpStatusCode.OK);
        foreach (var room in Rooms.Split(','))
        {
            (await backend.PostAsync("/v1/conversations", new { type = "group", id = room, memberIds = new[] { "ann" } })).Expect(HttpStatusCode.Created);
        }

        (await backend.PostAsync("/v1/webhooks", new { url = _receiver.Url("hook"), events = new[] { "message.created" } })).Expect(HttpStatusCode.Created);
        return backend;
    }

    /// <summary>One statement, past the platform.</summary>
    private object? Execute(string sql)
    {
        using var connection = new SqliteConnection(_folder.ConnectionString + ";Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
