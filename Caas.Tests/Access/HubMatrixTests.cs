using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Caas.Contracts;
using Caas.Realtime.Hubs;
using Caas.Tests.Gateway;
using Microsoft.AspNetCore.SignalR;
using Xunit;

namespace Caas.Tests.Access;

/// <summary>Every method of the hub, as everyone who gets in; and everyone who does not.</summary>
[Collection<AccessCollection>]
public sealed class HubMatrixTests(TwoTenants world)
{
    private static readonly Who[] Inside = [Who.RivalUser, Who.RivalAtOurMessage, Who.Stranger, Who.RemovedMember, Who.Reader, Who.Member, Who.Sender, Who.Moderator, Who.Owner, Who.TenantAdmin, Who.TwinOwner];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_method_serves_those_who_may_and_refuses_everyone_else_with_the_right_code()
    {
        Assert.Equal(new HubMethods(typeof(RealtimeHub)).All.Select(method => method.Name), AccessTable.Hub.Select(row => row.Operation).Order(StringComparer.Ordinal));
        var (only, both) = (await world.RoomAsync(both: false), await world.RoomAsync(both: true));
        var clients = new Dictionary<Who, Realtime.Client>();
        var heard = new ConcurrentQueue<(Who Who, string Text)>();
        foreach (var who in Inside)
        {
            clients[who] = await world.Replicas.ConnectAsync(who.ToString(), token: world.TokenOf(who));
            clients[who].Hub.On("Entry", [typeof(JsonElement)], (arguments, _) =>
            {
                heard.Enqueue((who, $"{arguments[0]}"));
                return Task.CompletedTask;
            }, new object());
        }

        // A call between two others, which goes on all the while.
        var (target, leaver) = (await world.Replicas.ConnectAsync("target"), await world.Replicas.ConnectAsync("leaver"));
        var call = (await target.CallAsync<LiveCall>("StartCall", new StartCallRequest(["leaver"]))).CallId;
        var going = await leaver.CallAsync<LiveCall>("AcceptCall", call);

        var wrong = new List<string>();
        var before = await world.LengthsAsync();
        foreach (var refused in new[] { true, false })
        {
            foreach (var row in AccessTable.Hub)
            {
                foreach (var who in Inside.Where(who => row.Rule.Expected(who) is not null == refused && (who != Who.RivalAtOurMessage || row.Body!.Contains("{messageId}", StringComparison.Ordinal))))
                {
                    var room = !refused ? await world.RoomAsync(both: true) : who == Who.RivalAtOurMessage ? both with { Message = only.Message } : who == Who.TwinOwner ? both : only;
                    if (await JudgeAsync(clients[who], row, who, room, call) is { } fault)
                    {
                        wrong.Add($"{row.Operation} as {who}: {fault}");
                    }
                }
            }

            Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
            if (refused)
            {
                Assert.Equal(before, await world.LengthsAsync());
            }
        }

        Assert.Equal(JsonSerializer.Serialize(going), JsonSerializer.Serialize(await leaver.CallAsync<LiveCall>("ResumeCall", call)));
        await target.CallAsync("LeaveCall", call);

        // Live, in two rooms of the same id.
        foreach (var who in new[] { Who.Owner, Who.TwinOwner })
        {
            await clients[who].JoinAsync(null, both.Conversation);
        }

        foreach (var (who, canary) in new[] { (Who.Owner, "canary-acme"), (Who.TwinOwner, "canary-rival") })
        {
            await clients[who].SendAsync(canary, null, both.Conversation);
            await Eventually.HoldsAsync(() => heard.Any(entry => entry.Who == who && entry.Text.Contains(canary, StringComparison.Ordinal)), $"{who} hears {canary}", Cancelled);
        }

        Assert.Contains(heard, entry => entry.Text.Contains("canary-acme", StringComparison.Ordinal));
        Assert.DoesNotContain(heard, entry => entry.Text.Contains(Rule.IsRival(entry.Who) ? "canary-acme" : "canary-rival", StringComparison.Ordinal));
        TestContext.Current.SendDiagnosticMessage($"Matrix of callers, hub: {AccessTable.Hub.Count} methods as {Inside.Length} callers; 6 more do not get in.");
    }

    [Theory]
    [InlineData((int)Who.Nobody, "unauthenticated")]
    [InlineData((int)Who.MalformedToken, "unauthenticated")]
    [InlineData((int)Who.ExpiredToken, "token_expired")]
    [InlineData((int)Who.RevokedToken, "token_revoked")]
    [InlineData((int)Who.PlatformAdmin, "unauthenticated")]
    [InlineData((int)Who.Backend, "unauthenticated")]
    public async Task Whoever_has_no_good_user_token_does_not_get_in(int who, string code)
    {
        using var http = new HttpClient { BaseAddress = new(Realtime.Replicas.UrlOf(world.Replicas.Apps[0])) };
        var api = new Api(http);
        await Eventually.HoldsAsync(async () =>
        {
            // A replica reads of revocations at least every 2 s.
            var answer = await api.PostAsync("/realtime/negotiate?negotiateVersion=1", null, await world.HeadersAsync((Who)who, null));
            return answer.Status == HttpStatusCode.Unauthorized && answer["code"].GetString() == code ? null : $"it answers {answer.Status} {answer.Text}";
        }, Cancelled);
    }

    private async Task<string?> JudgeAsync(Realtime.Client client, Row row, Who who, Room room, string call)
    {
        var expected = row.Rule.Expected(who);
        var arguments = JsonSerializer.Deserialize<JsonElement[]>(row.Body!
            .Replace("{conversationId}", room.Conversation, StringComparison.Ordinal).Replace("{messageId}", room.Message, StringComparison.Ordinal).Replace("{token}", world.TokenOf(who), StringComparison.Ordinal).Replace("{callId}", call, StringComparison.Ordinal))!;
        string? got = null;
        string text;
        try
        {
            var result = await client.Hub.InvokeCoreAsync(row.Operation, typeof(JsonElement), [.. arguments.Cast<object?>()], Cancelled).WaitAsync(Realtime.Replicas.Bound, Cancelled);
            text = $"{result}";

            // Many joins answer each for itself.
            if (row.Operation == "JoinConversations" && ((JsonElement)result!)[0].GetProperty("error") is { ValueKind: JsonValueKind.String } error)
            {
                got = error.GetString()!.Split(':')[0];
            }
        }
        catch (HubException refused)
        {
            text = refused.Message;
            got = text.Split(':')[0];
        }

        return got != expected ? $"expected {expected ?? "success"}, got {got ?? "success"} ({text})"
            : text.Contains(Rule.IsRival(who) ? "canary-acme" : "canary-rival", StringComparison.Ordinal) || (expected is not null && text.Contains("canary", StringComparison.Ordinal)) ? $"it tells: {text}"
            : null;
    }
}
