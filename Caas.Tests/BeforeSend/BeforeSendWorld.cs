using System.Net;
using Caas.Core.Tenants;
using Caas.Tests.Gateway;
using Caas.Tests.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Caas.Tests.BeforeSend;

/// <summary>A gateway and two replicas over one store, and a backend that is asked. Each test has a tenant of its own, whose hook is at the path of the tenant's name.</summary>
public sealed class BeforeSendWorld : IAsyncLifetime
{
    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["JWT_SECRET"] = "the-secret-that-signs-tokens-in-the-tests-of-hooks",
        ["Caas:Webhooks:AllowPrivateAddresses"] = "true",
        // Long, for busy machines; tests of what hangs say less.
        ["Caas:BeforeSend:Timeout"] = "00:00:10",
        ["Caas:BeforeSend:Pause"] = "00:00:00.400",
        ["Caas:BeforeSend:MaxInFlight"] = "4",
        ["Caas:BeforeSend:MaxWaiting"] = "4",
        ["Caas:BeforeSend:MaxAnswerBytes"] = "20000",
    };

    private readonly FaultLog _faults = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private WebApplication _gateway = null!;

    internal Realtime.Replicas Replicas { get; private set; } = null!;

    internal WebhookReceiver Receiver { get; private set; } = null!;

    internal IServiceProvider Gateway => _gateway.Services;

    internal Api Anyone => new(_http);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Receiver = await WebhookReceiver.StartAsync(Cancelled);
        Replicas = await Realtime.Replicas.StartAsync(2, Settings, users: []);
        _gateway = GatewayFixture.Build(Replicas.Folder, new(), _faults, Settings);
        await _gateway.StartAsync(Cancelled);
        _http.BaseAddress = new(_gateway.Urls.First());
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _gateway.StopAsync();
        await _gateway.DisposeAsync();
        await Replicas.DisposeAsync();
        await Receiver.DisposeAsync();
        Assert.True(_faults.Lines.IsEmpty, string.Join(Environment.NewLine, _faults.Lines));
        Assert.Empty(Replicas.Errors);
    }

    /// <summary>A tenant with ann and bob in a room.</summary>
    internal async Task<HookedTenant> FoundAsync()
    {
        var admin = Anyone.With("Authorization", $"Bearer {GatewayFixture.AdminKey}");
        var id = $"t-{Guid.NewGuid():N}"[..20];
        (await admin.PostAsync("/v1/tenants", new { id, name = id })).Expect(HttpStatusCode.Created);
        var key = (await admin.PostAsync($"/v1/tenants/{id}/api-keys", new { name = "backend" })).Expect(HttpStatusCode.Created)["key"].GetString()!;
        var tenant = new HookedTenant(this, id, key);
        (await tenant.Backend.PostAsync("/v1/users/batch", new { users = new[] { new { id = "ann", name = "Ann" }, new { id = "bob", name = "Bob" } } })).Expect(HttpStatusCode.OK);
        (await tenant.Backend.PostAsync("/v1/conversations", new { type = "group", id = "room", memberIds = new[] { "ann", "bob" } })).Expect(HttpStatusCode.Created);
        return tenant;
    }
}

/// <summary>One for all tests of hooks: a gateway and two replicas cost more than most of them.</summary>
[CollectionDefinition]
public sealed class BeforeSendCollection : ICollectionFixture<BeforeSendWorld>;

/// <summary>A tenant whose backend is asked.</summary>
internal sealed class HookedTenant(BeforeSendWorld world, string id, string key)
{
    public const string Route = "/v1/tenant/before-send-hook";

    public string Id => id;

    public Api Backend => world.Anyone.With("X-Api-Key", key);

    public Api Ann => Backend.With("X-On-Behalf-Of", "ann");

    public IReadOnlyList<Received> Asked => world.Receiver.At(id);

    /// <param name="everywhere">Whether replicas know of it at once: whatever looked at the tenant there keeps for seconds what it saw.</param>
    /// <returns>The secret, where this has made one.</returns>
    public async Task<string?> HookAsync(string onFailure = "allow", int? timeoutMs = null, string? url = null, bool everywhere = true)
    {
        var set = (await Backend.PutAsync(Route, new { url = url ?? world.Receiver.Url(id), onFailure, timeoutMs })).Expect(HttpStatusCode.OK);
        for (var replica = 0; everywhere && replica < 2; replica++)
        {
            world.Replicas.Get<TenantDirectory>(replica).Forget(new(id));
        }

        return set.Json.TryGetProperty("secret", out var secret) ? secret.GetString() : null;
    }

    public void Answers(string json) => Answers(_ => json);

    /// <param name="json">Of the text that is asked about.</param>
    public void Answers(Func<string?, string> json) => world.Receiver.Answer(id, (asked, context) =>
    {
        context.Response.StatusCode = StatusCodes.Status200OK;
        return context.Response.WriteAsync(json(asked.Text));
    });

    public void Does(Func<Received, HttpContext, Task> answer) => world.Receiver.Answer(id, answer);

    public Task<Answer> SendAsync(object body) => Ann.PostAsync("/v1/conversations/room/messages", body);

    /// <summary>The texts that the room holds, the oldest first.</summary>
    public async Task<IReadOnlyList<string?>> TextsAsync() =>
        [.. (await Backend.GetAsync("/v1/conversations/room/messages")).Expect(HttpStatusCode.OK).Items.Reverse().Select(message => message.GetProperty("text").GetString())];

    public async Task<Realtime.Client> ConnectAsync(string user, int replica) =>
        await world.Replicas.ConnectAsync(user, replica, token: (await Backend.PostAsync($"/v1/users/{user}/tokens")).Expect(HttpStatusCode.Created)["token"].GetString());
}
