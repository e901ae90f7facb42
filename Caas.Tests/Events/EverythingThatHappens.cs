using System.Text.Json;
using Caas.Contracts;
using Caas.Core.ApiKeys;
using Caas.Core.Audit;
using Caas.Core.Bans;
using Caas.Core.BeforeSend;
using Caas.Core.Blocklists;
using Caas.Core.Blocks;
using Caas.Core.Callers;
using Caas.Core.Calls;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Erasure;
using Caas.Core.Flags;
using Caas.Core.Ids;
using Caas.Core.Json;
using Caas.Core.LinkPreviews;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Notifications;
using Caas.Core.Pins;
using Caas.Core.Polls;
using Caas.Core.Privacy;
using Caas.Core.Push;
using Caas.Core.Reactions;
using Caas.Core.Tenants;
using Caas.Core.Tokens;
using Caas.Core.Users;
using Caas.Core.Webhooks;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Events;

/// <summary>A tenant's whole life with everything in it: an entry of every type there is.</summary>
internal static class EverythingThatHappens
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>What a platform needs for it.</summary>
    public static IServiceCollection Configure(IServiceCollection services) => services.AddSingleton<ILinkReader>(new AnyPage());

    /// <summary>Does everything there is, once at least.</summary>
    /// <returns>What must not be told, and how many entries there are.</returns>
    public static async Task<(IReadOnlyList<string> Values, int Entries)> DoAsync(CorePlatform platform)
    {
        var (admin, backend) = (new Caller { Kind = CallerKind.Admin }, CorePlatform.Backend());
        var (tenants, keys, users, tokens) = (platform.Get<TenantService>(), platform.Get<ApiKeyService>(), platform.Get<UserService>(), platform.Get<TokenService>());
        await tenants.CreateAsync(admin, new("Acme", "acme"), Cancelled);
        await tenants.UpdateAsync(admin, "acme", new() { Name = "Acme Inc." }, Cancelled);
        await tenants.PutSettingsAsync(backend, new() { CorsOrigins = ["https://app.example.com"], EditWindowSeconds = 60 }, Cancelled);
        await platform.Get<DeliveryAccountService>().PutAsync(backend, "webPush", new(WebPush: new("mailto:push@example.com")), Cancelled);
        await platform.Get<BlocklistService>().PutAsync(backend, new(["nonsense"]), Cancelled);
        var key = await keys.CreateAsync(admin, "acme", new("backend", ["messages:write"], null, ["10.0.0.0/8"]), Cancelled);
        var rotated = await keys.RotateAsync(backend, key.Id, new(), Cancelled);
        await keys.RevokeAsync(backend, key.Id, Cancelled);
        var secret = await tenants.CreateTokenSecretAsync(backend, Cancelled);
        await tenants.DeleteTokenSecretAsync(backend, Cancelled);
        var webhook = await platform.Get<WebhookService>().CreateAsync(backend, new("https://hook.example.com/", ["message.*"]), Cancelled);
        await platform.Get<WebhookService>().UpdateAsync(backend, webhook.Id, new() { Enabled = false }, Cancelled);
        var signing = await platform.Get<WebhookService>().RotateSecretAsync(backend, webhook.Id, new(), Cancelled);
        await platform.Get<TenantWriter>().AppendAsync(admin, new("acme"), SystemEntryTypes.WebhookDisabled, new("platform", webhook.Id, webhook.Url, "gone", null), IdentityJsonContext.Default.WebhookDisabledData, Cancelled);
        await platform.Get<WebhookService>().DeleteAsync(backend, webhook.Id, Cancelled);
        var asked = await platform.Get<BeforeSendService>().PutAsync(backend, new("https://hook.example.com/before", 500, BeforeSendFallback.Reject), Cancelled);
        var askedAnew = await platform.Get<BeforeSendService>().RotateSecretAsync(backend, new(), Cancelled);
        await platform.Get<BeforeSendService>().DeleteAsync(backend, Cancelled);
        await platform.Get<AuditLog>().RecordAsync(backend, new("acme"), "webhook.deleted", new Dictionary<string, string> { ["webhookId"] = webhook.Id }, new("203.0.113.7", "trace"), Cancelled);
        const string Turn = "a-secret-of-the-turn-servers";
        await platform.Get<TurnServerService>().PutAsync(backend, new(["stun:stun.example.com"], ["turn:turn.example.com"], Turn, 600), Cancelled);

        using var custom = JsonDocument.Parse("""{"plan":"gold","nested":[1,{"a":null}]}""");
        foreach (var id in new[] { "ann", "bob", "cy" })
        {
            await users.UpsertAsync(backend, id, new(id, $"https://example.com/{id}.png", "user", custom.RootElement), Cancelled);
        }

        await users.UpdateAsync(backend, "ann", new() { Name = "Ann", AvatarUrl = new(null), Role = "admin" }, Cancelled);
        var annsCaller = new Caller { Kind = CallerKind.User, Tenant = new("acme"), User = new("ann") };
        await platform.Get<PrivacyService>().PutAsync(annsCaller, new(Typing: false), Cancelled);
        await platform.Get<NotificationPreferenceService>().PutAsync(annsCaller, new(Channels: new(Push: false)), Cancelled);
        await platform.Get<BlockService>().PutAsync(annsCaller, "bob", Cancelled);
        await platform.Get<BlockService>().DeleteAsync(annsCaller, "bob", Cancelled);
        await platform.Get<BanService>().PutAsync(backend, "bob", new("spam"), Cancelled);
        await platform.Get<BanService>().DeleteAsync(backend, "bob", null, Cancelled);
        var token = await tokens.IssueAsync(backend, "cy", new(), Cancelled);
        await tokens.RevokeAsync(backend, new(UserId: "cy"), Cancelled);
        await users.DeactivateAsync(backend, "cy", Cancelled);
        await users.ReactivateAsync(backend, "cy", Cancelled);

        await ChatAsync(platform, new() { Kind = CallerKind.User, Tenant = new("acme"), User = new("ann") }, custom.RootElement);
        await users.UpsertAsync(backend, "dee", new("Dee"), Cancelled);
        await platform.Get<ConversationService>().CreateAsync(annsCaller, new(ConversationType.Group, "dees", "Dee's", ["dee"]), Cancelled);
        await users.EraseAsync(backend, "dee", Cancelled);
        await platform.Get<ErasureWorker>().RoundAsync(Cancelled);
        await tenants.DeleteAsync(admin, "acme", Cancelled);

        string[] told = [key.Key, rotated.Key, secret.Secret, webhook.Secret, signing.Secret, asked.Secret!, askedAnew.Secret!, token.Token, token.RefreshToken, Turn];
        string[] parts = [.. told.SelectMany(value => value.Split('.')).Where(part => part.Length > 20 && part != key.Id)];
        return ([.. parts, .. parts.Select(part => ApiKeySecret.Hash(part))], await CountEntriesAsync(platform));
    }

    private static async Task ChatAsync(CorePlatform platform, Caller ann, JsonElement custom)
    {
        var (conversations, members, messages, reactions) = (platform.Get<ConversationService>(), platform.Get<MemberService>(), platform.Get<MessageService>(), platform.Get<ReactionService>());
        var created = await conversations.CreateAsync(ann, new(ConversationType.Group, "general", "General", ["ann", "bob"], custom), Cancelled);
        var id = new ConversationId(created.Conversation.Id);
        await conversations.UpdateAsync(ann, id, new() { Name = "The general" }, Cancelled);
        await members.AddAsync(ann, id, new(["cy"]), Cancelled);
        await members.UpdateAsync(ann, id, "cy", new(MemberRole.Moderator), Cancelled);
        var sent = (await messages.SendAsync(ann, id, new("hello @bob 👋", "c-1", [new("https://example.com/a.png", "image/png", "a.png", 3, custom)], ["bob"], null, custom), null, Cancelled)).Message;
        var reply = (await messages.SendAsync(ann, id, new("a reply", ThreadOf: sent.Id), null, Cancelled)).Message;
        await messages.EditAsync(ann, id, sent.Id, new() { Text = "hello, edited" }, null, Cancelled);
        await messages.EditAsync(ann, id, sent.Id, new() { Text = "hello, edited: https://example.com/a" }, null, Cancelled);
        await platform.Get<LinkPreviewer>().PreviewAsync(new(LogId.Of(ann.Tenant, id), sent.Seq, sent.Seq), Cancelled);
        await reactions.AddAsync(ann, id, sent.Id, "👍", null, Cancelled);
        await reactions.RemoveAsync(ann, id, sent.Id, "👍", null, Cancelled);
        await platform.Get<PinService>().PinAsync(ann, id, sent.Id, null, Cancelled);
        await platform.Get<PinService>().UnpinAsync(ann, id, sent.Id, null, Cancelled);
        var asked = (await messages.SendAsync(ann, id, new(Poll: new(["yes", "no"], "Shall we?")), null, Cancelled)).Message;
        await platform.Get<PollService>().VoteAsync(ann, id, asked.Id, ["1"], null, Cancelled);
        await platform.Get<PollService>().CloseAsync(ann, id, asked.Id, Cancelled);
        await platform.Get<FlagService>().FlagAsync(ann with { User = new("bob") }, id, sent.Id, new("rude"), Cancelled);
        await platform.Get<ReviewQueue>().ResolveAsync(CorePlatform.Backend(), sent.Id, new(FlagAction.Dismiss, "fine"), Cancelled);
        await messages.DeleteAsync(ann, id, reply.Id, Cancelled);
        var call = await platform.Get<CallService>().StartAsync(ann, new("connection", "replica"), new(["bob"], "general"), Cancelled);
        await platform.Get<CallService>().LeaveAsync(ann, call.Id, Cancelled);
        await members.RemoveAsync(ann, id, "cy", Cancelled);
        await conversations.DeleteAsync(ann, id, Cancelled);
    }

    private static async Task<int> CountEntriesAsync(CorePlatform platform)
    {
        TenantId tenant = new("acme");
        LogId[] logs = [LogId.OfTenant(tenant), .. new[] { "ann", "bob", "cy", "dee" }.Select(user => LogId.OfUser(tenant, new(user))), LogId.Of(tenant, new ConversationId("general")), LogId.Of(tenant, new ConversationId("dees")), FlagFolder.LogOf(tenant, new("general"))];
        var tails = await Task.WhenAll(logs.Select(log => platform.Get<IEntryStore>().ReadTailAsync(log, Cancelled)));
        return (int)tails.Sum(tail => tail.Seq);
    }

    private sealed class AnyPage : ILinkReader
    {
        public Task<LinkPreview?> ReadAsync(string link, CancellationToken cancellationToken) => Task.FromResult<LinkPreview?>(new(link, "A page", "What it says", "https://example.com/a.png", "A site"));
    }
}
