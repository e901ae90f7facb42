using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Caas.Tests.Access;
using Caas.Tests.Gateway;
using Microsoft.AspNetCore.SignalR.Client;

namespace Caas.Tests.Hostile;

/// <summary>
/// A tenant in which a good call of every hub method is taken, as <see cref="GoodRequests"/> is one for REST: no limits of rate, a message of its own for each method that names one, and a call with somebody else in it.
/// Arguments are those of the matrix of callers.
/// </summary>
internal sealed class GoodCalls(HostileHost host, string tenant) : IAsyncDisposable
{
    private static readonly Dictionary<string, Row> Rows = AccessTable.Hub.ToDictionary(row => row.Operation);

    private Api _backend = null!;
    private HubConnection _target = null!;
    private string? _call;

    /// <summary>Alice's, whose room it is.</summary>
    public string Token { get; private set; } = "";

    private static CancellationToken Cancelled => Xunit.TestContext.Current.CancellationToken;

    public async Task PrepareAsync()
    {
        var admin = new Api(host.Anyone.Http, ("Authorization", $"Bearer {HostileHost.AdminKey}"));
        (await admin.PostAsync("/v1/tenants", new { id = tenant, name = tenant })).Expect(HttpStatusCode.Created);
        (await admin.PatchAsync($"/v1/tenants/{tenant}", new { settings = new { rateLimits = new { perKeyPerMinute = 0, perUserPerMinute = 0, hubMessagesPerSecond = 0, hubTypingPerSecond = 0, hubJoinsPerSecond = 0 } } })).Expect(HttpStatusCode.OK);
        var key = (await admin.PostAsync($"/v1/tenants/{tenant}/api-keys", new { name = "backend" })).Expect(HttpStatusCode.Created)["key"].GetString()!;
        _backend = new(host.Anyone.Http, ("X-Api-Key", key));
        (await _backend.PostAsync("/v1/users/batch", new { users = new[] { "alice", "target" }.Select(id => new { id, name = id }) })).Expect(HttpStatusCode.OK);
        (await _backend.PostAsync("/v1/conversations", new { type = "group", id = "room", memberIds = new[] { "alice", "target" } }, ("X-On-Behalf-Of", "alice"))).Expect(HttpStatusCode.Created);
        Token = await TokenAsync("alice");
        var target = await TokenAsync("target");
        _target = new HubConnectionBuilder().WithUrl($"http://127.0.0.1:{host.Replicas[0]}/realtime", options => options.AccessTokenProvider = () => Task.FromResult<string?>(target)).Build();
        await _target.StartAsync(Cancelled);
    }

    /// <summary>Arguments that a method takes, as a list.</summary>
    /// <param name="callAsync">Calls a method as alice: it is her connection that is in calls.</param>
    public async Task<JsonArray> OfAsync(string method, Func<string, string, Task<string>> callAsync)
    {
        var body = Rows[method].Body!;
        var values = new Dictionary<string, string> { ["conversationId"] = "room", ["token"] = Token };
        if (body.Contains("{messageId}", StringComparison.Ordinal))
        {
            values["messageId"] = (await _backend.PostAsync("/v1/conversations/room/messages", new { text = $"for {method}", poll = new { question = "Where?", options = new[] { "Here", "There" } } }, ("X-On-Behalf-Of", "alice"))).Expect(HttpStatusCode.Created).Id;
        }

        if (body.Contains("{callId}", StringComparison.Ordinal))
        {
            if (_call is not null)
            {
                // Whatever became of the last one: who was taken out of a call cannot come back to it.
                await callAsync("RemoveFromCall", $"""["{_call}","target"]""");
                await callAsync("LeaveCall", $"""["{_call}"]""");
            }

            using var call = JsonDocument.Parse(await callAsync("StartCall", """[{"conversationId":"room"}]"""));
            values["callId"] = _call = call.RootElement.GetProperty("callId").GetString()!;
            await _target.InvokeAsync("AcceptCall", values["callId"], Cancelled).WaitAsync(RawHttp.Patience, Cancelled);
        }

        return JsonNode.Parse(values.Aggregate(body, (filled, value) => filled.Replace($"{{{value.Key}}}", value.Value, StringComparison.Ordinal)))!.AsArray();
    }

    public ValueTask DisposeAsync() => _target.DisposeAsync();

    private async Task<string> TokenAsync(string user) => (await _backend.PostAsync($"/v1/users/{user}/tokens")).Expect(HttpStatusCode.Created)["token"].GetString()!;
}
