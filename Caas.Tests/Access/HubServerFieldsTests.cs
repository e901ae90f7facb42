using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Caas.Realtime.Hubs;
using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace Caas.Tests.Access;

/// <summary>As <see cref="ServerFieldsTests"/>, of the hub: every method that takes an object, found by reflection. What a client says of the server's fields is neither stored nor told to others.</summary>
/// <remarks>In tenants of its own: other walks leave calls, rings and presence behind.</remarks>
public sealed class HubServerFieldsTests(TwoTenants world) : IClassFixture<TwoTenants>
{
    private static readonly JsonElement Document = JsonElement.Parse(RealtimeSnapshot.Create());

    private readonly ConcurrentQueue<(string Event, JsonElement[] Arguments)> _heard = [];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_client_says_of_the_servers_fields_is_neither_stored_nor_told()
    {
        var room = await world.RoomAsync(both: false);
        await using var sender = await world.Replicas.ConnectAsync("sender", token: world.TokenOf(Who.Sender), listen: Listen);
        await using var target = await world.Replicas.ConnectAsync("target", listen: Listen);
        await target.JoinAsync(null, room.Conversation);
        await target.CallAsync<JsonElement>("SubscribePresence", (object)new[] { "sender" });
        var call = "";
        var answers = new Dictionary<string, JsonElement>();

        // A call is begun before something is said in it.
        foreach (var (method, own) in TakeObjects().OrderBy(taken => taken.Method != "StartCall"))
        {
            var row = AccessTable.Hub.Single(row => row.Operation == method);
            var good = row.Body!.Replace("{conversationId}", room.Conversation, StringComparison.Ordinal).Replace("{messageId}", room.Message, StringComparison.Ordinal).Replace("{callId}", call, StringComparison.Ordinal);
            var poisoned = Poison.Into(good, own);
            Assert.True(poisoned.Contains(Poison.Text, StringComparison.Ordinal), $"The row of {method} has no object in it.");
            var answer = await sender.CallAsync<JsonElement>(method, [.. JsonSerializer.Deserialize<JsonElement[]>(poisoned)!.Cast<object?>()]);
            Assert.False(Poison.IsIn($"{answer}"), $"{method} answers {answer}");
            Assert.False(answer.ValueKind == JsonValueKind.Array && $"{answer}".Contains("\"error\":\"", StringComparison.Ordinal), $"{method} answers {answer}");
            answers[method] = answer;
            if (method == "StartCall")
            {
                call = answer.GetProperty("callId").GetString()!;
                await target.CallAsync<JsonElement>("AcceptCall", call);
            }
        }

        // Whatever it said of itself: it is who its token says, and what it did is what the method does.
        Assert.Equal(("sender", room.Conversation), (answers["StartCall"].GetProperty("startedBy").GetString(), answers["StartCall"].GetProperty("conversationId").GetString()));
        Assert.Equal("sender", (await ToldAsync("CallRinging", OfCall)).GetProperty("fromUserId").GetString());
        Assert.Equal(("sender", "offer"), ((await ToldAsync("CallSignal", OfCall)).GetProperty("fromUserId").GetString(), (await ToldAsync("CallSignal", OfCall)).GetProperty("kind").GetString()));
        Assert.Equal("sender", (await ToldAsync("Presence", state => state.GetProperty("userId").GetString() == "sender")).GetProperty("userId").GetString());
        Assert.Equal("sender", (await ToldAsync("CallParticipantChanged", changed => OfCall(changed) && changed.GetProperty("userId").GetString() == "sender")).GetProperty("userId").GetString());
        foreach (var (method, type) in new[] { ("SendMessage", "message.created"), ("EditMessage", "message.edited") })
        {
            var seq = answers[method].GetProperty("seq").GetInt64();
            var told = await ToldAsync("Entry", entry => entry.GetProperty("conversationId").GetString() == room.Conversation && entry.GetProperty("seq").GetInt64() == seq);
            var stored = (await world.Anyone.GetAsync($"/v1/conversations/{room.Conversation}/entries", await world.HeadersAsync(Who.Backend, null))).Expect(HttpStatusCode.OK).Items.Single(entry => entry.GetProperty("seq").GetInt64() == seq);
            foreach (var entry in new[] { told, stored })
            {
                Assert.Equal(("sender", type), (entry.GetProperty("actorId").GetString(), entry.GetProperty("type").GetString()));
                Assert.Equal(method == "SendMessage" ? answers[method].GetProperty("messageId").GetString() : room.Message, entry.GetProperty("message").GetProperty("id").GetString());
                Assert.Equal("sender", entry.GetProperty("message").GetProperty("senderId").GetString());
            }
        }

        await target.CallAsync("LeaveCall", call);
        await sender.CallAsync("LeaveCall", call);
        Assert.Equal(call, (await ToldAsync("CallEnded", OfCall)).GetProperty("callId").GetString());
        Assert.All(_heard, heard => Assert.False(Poison.IsIn(string.Join(' ', heard.Arguments)), $"{heard.Event} {string.Join(' ', heard.Arguments)}"));
        Poison.MustNotBeStored(world);

        bool OfCall(JsonElement told) => told.GetProperty("callId").GetString() == call;
    }

    /// <summary>The methods that take one, or a list of them, and the fields that those have.</summary>
    private static IEnumerable<(string Method, IReadOnlyCollection<string> Own)> TakeObjects() =>
        from method in Document.GetProperty("methods").EnumerateObject()
        let types = method.Value.GetProperty("arguments").EnumerateArray().Select(argument => argument.GetProperty("type").GetString()!.TrimEnd('?', '[', ']')).Where(type => Document.GetProperty("types").TryGetProperty(type, out _)).ToList()
        where types.Count > 0
        select (method.Name, (IReadOnlyCollection<string>)[.. types.SelectMany(type => Document.GetProperty("types").GetProperty(type).GetProperty("properties").EnumerateObject()).Select(field => field.Name)]);

    private void Listen(HubConnection hub)
    {
        foreach (var told in Document.GetProperty("events").EnumerateObject())
        {
            hub.Remove(told.Name);
            hub.On(told.Name, [.. Enumerable.Repeat(typeof(JsonElement), told.Value.GetProperty("arguments").GetArrayLength())], (arguments, _) =>
            {
                _heard.Enqueue((told.Name, [.. arguments.Cast<JsonElement>()]));
                return Task.CompletedTask;
            }, new object());
        }
    }

    private async Task<JsonElement> ToldAsync(string name, Func<JsonElement, bool>? which = null)
    {
        JsonElement Found() => _heard.Where(heard => heard.Event == name && which?.Invoke(heard.Arguments[0]) != false).Select(heard => heard.Arguments[0]).FirstOrDefault();
        await Eventually.HoldsAsync(() => Found().ValueKind != JsonValueKind.Undefined, $"{name} is told", Cancelled);
        return Found();
    }
}
