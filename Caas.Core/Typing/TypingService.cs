using Caas.Contracts;
using Caas.Core.Bans;
using Caas.Core.Blocks;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Users;
using Microsoft.Extensions.Options;

namespace Caas.Core.Typing;

/// <summary>Who may say that they type, and see who does. Nothing of it is stored for longer than some seconds.</summary>
public sealed class TypingService(Membership membership, UserDirectory users, BlockDirectory blocks, BanDirectory bans, TypingAnnouncer announcer, ITypingStore store, TypingMetrics metrics, IOptions<TypingOptions> options)
{
    /// <summary>The caller types. To be said again every few seconds, for as long as it is so. Who hides it in the privacy settings, or is shadow-banned, is heard and not told on.</summary>
    /// <exception cref="RefusedException"><c>conversation_not_found</c>, <c>not_a_member</c>, <c>not_allowed</c>.</exception>
    public async Task StartAsync(Caller caller, ConversationId conversation, CancellationToken cancellationToken)
    {
        var standing = await membership.RequireAsync(caller, conversation, Right.Type, cancellationToken);
        if (IsLarge(standing))
        {
            metrics.Dropped("large");
        }
        else if (await users.FindActiveAsync(caller.Tenant, caller.RequireUser(), cancellationToken) is not { Privacy.Typing: true } user || await bans.IsShadowedAsync(caller.Tenant, user.Id, conversation, cancellationToken))
        {
            announcer.Hide(LogId.Of(caller.Tenant, conversation), caller.RequireUser());
            metrics.Dropped("hidden");
        }
        else
        {
            announcer.Start(LogId.Of(caller.Tenant, conversation), user.Id, user.Name);
        }
    }

    /// <summary>The caller types no more. Who did not type changes nothing.</summary>
    /// <exception cref="RefusedException"><c>conversation_not_found</c>, <c>not_a_member</c>, <c>not_allowed</c>.</exception>
    public async Task StopAsync(Caller caller, ConversationId conversation, CancellationToken cancellationToken)
    {
        if (!IsLarge(await membership.RequireAsync(caller, conversation, Right.Type, cancellationToken)))
        {
            announcer.Stop(LogId.Of(caller.Tenant, conversation), caller.RequireUser());
        }
    }

    /// <summary>Who else types now.</summary>
    /// <exception cref="RefusedException"><c>conversation_not_found</c>, <c>not_a_member</c>.</exception>
    public async Task<TypingState> GetAsync(Caller caller, ConversationId conversation, CancellationToken cancellationToken)
    {
        await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken);
        var typists = await store.ListAsync(LogId.Of(caller.Tenant, conversation), cancellationToken);
        return View(conversation.Value, typists, caller.User, caller.User is { } user ? await blocks.FindAsync(caller.Tenant, user, cancellationToken) : BlockSet.None);
    }

    /// <summary>A call was not listened to, because there were too many.</summary>
    public void PassedOver() => metrics.Dropped("limited");

    /// <summary>What one user is told of those who type.</summary>
    /// <param name="blocks">The viewer's: neither of two sees the other type.</param>
    public static TypingState View(string conversation, IEnumerable<Typist> typists, UserId? viewer, BlockSet blocks)
    {
        Typist[] others = [.. typists.Where(typist => typist.User != viewer && !blocks.Between(typist.User.Value))];
        return new(conversation, [.. others.Select(typist => typist.User.Value)], TypingText.Of([.. others.Select(typist => typist.Name)]));
    }

    private bool IsLarge(Standing standing) => standing.Conversation.MemberCount > options.Value.MostMembers;
}
