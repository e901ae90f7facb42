using System.Net;
using Caas.Tests.Gateway;
using Caas.Tests.Sqlite;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Caas.Tests.Webhooks;

/// <summary>Gateways on one file, a tenant with a room of its own, and a receiver.</summary>
internal sealed class WebhookWorld : IAsyncDisposable
{
    private static readonly Dictionary<string, string?> Fast = new()
    {
        ["Caas:Webhooks:AllowPrivateAddresses"] = "true",
        ["Caas:Webhooks:InitialBackoff"] = "00:00:00.020",
        ["Caas:Webhooks:MaxBackoff"] = "00:00:00.200",
        ["Caas:Webhooks:MaxPause"] = "00:00:00.100",
        ["Caas:Webhooks:Timeout"] = "00:00:30",
    };

    private readonly TempFolder _folder = new();
    private readonly List<(WebApplication App, HttpClient Http)> _gateways = [];
    private string? _key;

    public required WebhookReceiver Receiver { get; init; }

    public FaultLog Faults { get; } = new();

    public Api Backend => Api(0);

    public Api Admin => new(_gateways[0].Http, ("Authorization", $"Bearer {GatewayFixture.AdminKey}"));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<WebhookWorld> StartAsync(params (string Key, string Value)[] settings)
    {
        var world = new WebhookWorld { Receiver = await WebhookReceiver.StartAsync(Cancelled) };
        await world.StartGatewayAsync(settings);
        (await world.Admin.PostAsync("/v1/tenants", new { id = "acme", name = "Acme" })).Expect(HttpStatusCode.Created);
        world._key = (await world.Admin.PostAsync("/v1/tenants/acme/api-keys", new { name = "backend" })).Expect(HttpStatusCode.Created)["key"].GetString()!;
        (await world.Backend.PostAsync("/v1/users/batch", new { users = new[] { new { id = "ann", name = "Ann" } } })).Expect(HttpStatusCode.OK);
        foreach (var room in new[] { "room", "other" })
        {
            (await world.Backend.PostAsync("/v1/conversations", new { type = "group", id = room, memberIds = new[] { "ann" } })).Expect(HttpStatusCode.Created);
        }

        // A webhook begins where the history is when it is created: that may be a moment behind.
        await Eventually.HoldsAsync(async () => (await world.Backend.GetAsync("/v1/events?types=conversation.created")).Items.Count == 2 ? null : "the history is behind", Cancelled);
        return world;
    }

    public async Task StartGatewayAsync(params (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>(Fast);
        foreach (var (key, value) in settings)
        {
            all[key] = value;
        }

        var app = GatewayFixture.Build(_folder, new(), Faults, all);
        await app.StartAsync(Cancelled);
        _gateways.Add((app, new HttpClient { BaseAddress = new Uri(app.Urls.First()) }));
    }

    public async Task StopGatewayAsync()
    {
        var (app, http) = _gateways[0];
        _gateways.RemoveAt(0);
        await app.StopAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        await app.DisposeAsync();
        http.Dispose();
    }

    public Api Api(int gateway) => new(_gateways[gateway].Http, ("X-Api-Key", _key!));

    /// <returns>Another tenant's backend.</returns>
    public async Task<Api> CreateTenantAsync(string id)
    {
        (await Admin.PostAsync("/v1/tenants", new { id, name = id })).Expect(HttpStatusCode.Created);
        var key = (await Admin.PostAsync($"/v1/tenants/{id}/api-keys", new { name = "backend" })).Expect(HttpStatusCode.Created)["key"].GetString()!;
        return new(_gateways[0].Http, ("X-Api-Key", key));
    }

    /// <returns>Its id and secret.</returns>
    public Task<(string Id, string Secret)> CreateAsync(string path, params string[] events) => CreateAsync(path, Backend, events);

    /// <param name="backend">Whose it is.</param>
    public async Task<(string Id, string Secret)> CreateAsync(string path, Api backend, params string[] events)
    {
        var created = (await backend.PostAsync("/v1/webhooks", new { url = Receiver.Url(path), events })).Expect(HttpStatusCode.Created);
        return (created.Id, created["secret"].GetString()!);
    }

    /// <summary>What one statement gives, past the platform.</summary>
    public string? Scalar(string sql)
    {
        using var connection = new SqliteConnection(_folder.ConnectionString + ";Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() as string;
    }

    public async Task SendAsync(string text, string room = "room", int gateway = 0) =>
        (await Api(gateway).With("X-On-Behalf-Of", "ann").PostAsync($"/v1/conversations/{room}/messages", new { text })).Expect(HttpStatusCode.Created);

    public async Task<Answer> UntilAsync(string path, Func<Answer, bool> holds)
    {
        Answer? answer = null;
        await Eventually.HoldsAsync(async () => holds(answer = (await Backend.GetAsync(path)).Expect(HttpStatusCode.OK)) ? null : answer.Text, Cancelled);
        return answer!;
    }

    public async ValueTask DisposeAsync()
    {
        while (_gateways.Count > 0)
        {
            await StopGatewayAsync();
        }

        await Receiver.DisposeAsync();
        _folder.Dispose();
        Assert.True(Faults.Lines.IsEmpty, string.Join(Environment.NewLine, Faults.Lines));
    }
}
