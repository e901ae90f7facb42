using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Caas.Contracts;
using Caas.Tests.Gateway;
using Xunit;

namespace Caas.Tests.Access;

/// <summary>Every REST operation, as everyone.</summary>
[Collection<AccessCollection>]
public sealed class RestMatrixTests(TwoTenants world)
{
    private Named _ours = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_operation_serves_those_who_may_and_refuses_everyone_else_with_the_right_code()
    {
        var operations = await OperationsAsync();
        Assert.Equal(operations.Keys.Order(StringComparer.Ordinal), AccessTable.Rest.Select(row => row.Operation).Order(StringComparer.Ordinal));
        var calls = AccessTable.Rest.SelectMany(row => Enum.GetValues<Who>().Where(who => who != Who.RivalAtOurMessage || operations[row.Operation].Path.Contains("{messageId}", StringComparison.Ordinal)).Select(who => (Row: row, Who: who))).ToList();
        var wrong = new ConcurrentBag<string>();

        // Those who are refused first, all at the same things; then nothing may have changed.
        var rooms = new ConcurrentDictionary<string, (Room Only, Room Both)>();
        await ForEachAsync(AccessTable.Rest, async row => rooms[row.Operation] = operations[row.Operation].Path.Contains("{conversationId}", StringComparison.Ordinal) || operations[row.Operation].Path.Contains("{attachmentId}", StringComparison.Ordinal) || operations[row.Operation].Path.Contains("{callId}", StringComparison.Ordinal) ? (await world.RoomAsync(both: false, TypeOf(row)), await world.RoomAsync(both: true, TypeOf(row))) : (new("", ""), new("", "")));
        foreach (var scope in AccessTable.Rest.Select(row => row.Rule.Scope).Distinct())
        {
            await world.HeadersAsync(Who.KeyWithoutScope, scope);
        }

        // What only we have, and the rival names.
        var (key, delivery, theirs) = (await world.AddKeyAsync(), await world.PingAsync(await world.WebhookAsync()), await world.AddWebhookAsync(TwoTenants.Theirs));
        _ours = new(key, delivery, theirs);
        var (before, attempts) = (await world.LengthsAsync(), await DeliveryAsync());
        await ForEachAsync(calls.Where(call => call.Row.Rule.Expected(call.Who) is not null), async call =>
        {
            var (only, both) = rooms[call.Row.Operation];
            var room = call.Who == Who.RivalAtOurMessage ? both with { Message = only.Message } : call.Who is Who.TwinOwner or Who.TwinKey ? both : only;
            Judge(call.Row, call.Who, await CallAsync(operations[call.Row.Operation], call.Row, call.Who, room), wrong);
        });
        Assert.True(wrong.IsEmpty, string.Join(Environment.NewLine, wrong.Order(StringComparer.Ordinal)));
        Assert.Equal((before, attempts), (await world.LengthsAsync(), await DeliveryAsync()));

        // Then those who may, each at something fresh where the call changes it.
        await ForEachAsync(calls.Where(call => call.Row.Rule.Expected(call.Who) is null), async call =>
        {
            var operation = operations[call.Row.Operation];
            var room = operation.Method == "GET" || !operation.Path.Contains("{conversationId}", StringComparison.Ordinal) ? rooms[call.Row.Operation].Both : await world.RoomAsync(both: true, TypeOf(call.Row));
            Judge(call.Row, call.Who, await CallAsync(operation, call.Row, call.Who, room), wrong);
        });
        Assert.True(wrong.IsEmpty, string.Join(Environment.NewLine, wrong.Order(StringComparer.Ordinal)));
        TestContext.Current.SendDiagnosticMessage($"Matrix of callers, REST: {AccessTable.Rest.Count} operations, {calls.Count} calls, {calls.Count(call => call.Row.Rule.Expected(call.Who) is not null)} of them refused.");
    }

    /// <summary>Ours, which no log tells of.</summary>
    private async Task<string> DeliveryAsync() =>
        (await world.Anyone.GetAsync($"/v1/webhooks/{await world.WebhookAsync()}/deliveries/{_ours.Delivery}", await world.HeadersAsync(Who.Backend, null))).Expect(HttpStatusCode.OK).Text;

    private async Task<Answer> CallAsync(Operation operation, Row row, Who who, Room room)
    {
        var allowed = row.Rule.Expected(who) is null;
        var foreign = who is Who.RivalUser or Who.RivalKey;
        var (user, self, tenant) = (foreign && row.Rule.Foreign is not null ? TwoTenants.OnlyOurs : "target", foreign ? TwoTenants.OnlyOurs : "leaver", Rule.IsRival(who) ? TwoTenants.Theirs : TwoTenants.Ours);
        if (row.Operation is "DeleteUser" or "BanUser" && allowed)
        {
            user = $"fresh-{Guid.NewGuid():N}";
            await world.AddUserAsync(tenant, user);
        }

        var about = row.Rule.Place is Place.Self or Place.SelfAlone ? self : user;
        string Fill(string text) => text
            .Replace("{conversationId}", room.Conversation, StringComparison.Ordinal).Replace("{messageId}", room.Message, StringComparison.Ordinal).Replace("{emoji}", "x", StringComparison.Ordinal)
            .Replace("{userId}", about, StringComparison.Ordinal).Replace("{now}", $"{TimeProvider.System.GetUtcNow():O}", StringComparison.Ordinal).Replace("{user}", user, StringComparison.Ordinal).Replace("{self}", self, StringComparison.Ordinal).Replace("{name}", $"canary-{tenant}", StringComparison.Ordinal);
        var path = Fill(operation.Path) + row.Query;
        if (path.Contains("{keyId}", StringComparison.Ordinal))
        {
            path = path.Replace("{keyId}", allowed ? await world.AddKeyAsync() : _ours.Key, StringComparison.Ordinal);
        }

        if (path.Contains("{webhookId}", StringComparison.Ordinal))
        {
            var webhook = allowed && row.Operation == "DeleteWebhook" ? await world.AddWebhookAsync() : who == Who.TwinKey && row.Rule.AtItsOwn is not null ? _ours.TheirWebhook : await world.WebhookAsync();
            path = path.Replace("{webhookId}", webhook, StringComparison.Ordinal);
            path = path.Contains("{deliveryId}", StringComparison.Ordinal) ? path.Replace("{deliveryId}", allowed ? await world.PingAsync(webhook) : _ours.Delivery, StringComparison.Ordinal) : path;
        }

        if (path.Contains("{attachmentId}", StringComparison.Ordinal))
        {
            path = path.Replace("{attachmentId}", await world.AddAttachmentAsync(room, both: allowed), StringComparison.Ordinal);
        }

        if (path.Contains("{flagId}", StringComparison.Ordinal))
        {
            path = path.Replace("{flagId}", await world.AddFlagAsync(both: allowed), StringComparison.Ordinal);
        }

        path = path.Replace("{deviceId}", "phone", StringComparison.Ordinal).Replace("{channel}", "webPush", StringComparison.Ordinal);

        if (path.Contains("{callId}", StringComparison.Ordinal))
        {
            path = path.Replace("{callId}", await world.AddCallAsync(room, both: allowed), StringComparison.Ordinal);
        }

        if (path.Contains("{reminderId}", StringComparison.Ordinal))
        {
            path = path.Replace("{reminderId}", await world.AddReminderAsync(who, tenant), StringComparison.Ordinal);
        }

        if (path.Contains("{scheduledId}", StringComparison.Ordinal))
        {
            path = path.Replace("{scheduledId}", await world.AddScheduledAsync(room, both: allowed), StringComparison.Ordinal);
        }

        path = path.Replace("{tenantId}", allowed && row.Operation == "DeleteTenant" ? await world.AddTenantAsync() : TwoTenants.Ours, StringComparison.Ordinal);
        var body = row.Body is null ? null : Fill(row.Body);
        if (body?.Contains("{refresh}", StringComparison.Ordinal) == true)
        {
            body = body.Replace("{refresh}", await world.RefreshTokenAsync(), StringComparison.Ordinal);
        }

        var headers = await world.HeadersAsync(who, row.Rule.Scope, row.Rule.Place is Place.Self or Place.SelfAlone ? "leaver" : "sender");
        Task<Answer> SendAsync() => world.Anyone.SendAsync(new HttpMethod(operation.Method), path, body, headers);
        return allowed && path.Contains("before-send-hook", StringComparison.Ordinal) ? await world.WithHookAsync(tenant, SendAsync) : await SendAsync();
    }

    private static void Judge(Row row, Who who, Answer answer, ConcurrentBag<string> wrong)
    {
        var expected = row.Rule.Expected(who);
        var got = (int)answer.Status is >= 200 and < 300 ? null : answer.Text.Length > 0 && answer.Json.TryGetProperty("code", out var code) ? code.GetString() : $"{answer.Status}";
        if (got != expected)
        {
            wrong.Add($"{row.Operation} as {who}: expected {expected ?? "success"}, got {got ?? "success"} ({answer.Text})");
        }

        // Who is refused learns nothing of anyone; who is served nothing of the other tenant. The platform's admin sees all tenants.
        var all = $"{answer.Text} {answer.Headers} {answer.ContentHeaders}";
        foreach (var (canary, hidden) in new[] { ("canary-acme", expected is not null || Rule.IsRival(who)), ("canary-rival", expected is not null || (!Rule.IsRival(who) && who != Who.PlatformAdmin)) })
        {
            if (hidden && all.Contains(canary, StringComparison.Ordinal))
            {
                wrong.Add($"{row.Operation} as {who} tells {canary}: {answer.Text}");
            }
        }
    }

    private static ConversationType TypeOf(Row row) => row.Rule.Place == Place.Joiner ? ConversationType.Channel : ConversationType.Group;

    private static Task ForEachAsync<T>(IEnumerable<T> items, Func<T, Task> act) =>
        Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancelled }, async (item, _) => await act(item));

    private async Task<Dictionary<string, Operation>> OperationsAsync()
    {
        var document = (await world.Anyone.GetAsync("/openapi/v1.json")).Expect(HttpStatusCode.OK).Json;
        return document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Where(method => method.Value.ValueKind == JsonValueKind.Object && method.Value.TryGetProperty("operationId", out _)).Select(method => (Path: path.Name, Method: method)))
            .ToDictionary(found => found.Method.Value.GetProperty("operationId").GetString()!, found => new Operation(found.Method.Name.ToUpperInvariant(), found.Path));
    }

    private sealed record Operation(string Method, string Path);

    /// <param name="Key">An API key of ours.</param>
    /// <param name="Delivery">What became of a test of our webhook.</param>
    /// <param name="TheirWebhook">A webhook of the rival's.</param>
    private sealed record Named(string Key, string Delivery, string TheirWebhook);
}
