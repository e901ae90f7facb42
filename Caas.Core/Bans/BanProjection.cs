using System.Text.Json;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Tokens;

namespace Caas.Core.Bans;

/// <summary>Makes of entries in a user's log from where the user is banned, and tells every process. All of it can be repeated.</summary>
public sealed class BanProjection(IBanStore store, RevocationList revocations)
{
    /// <summary>How long processes can read of it: far longer than they take to act on it. Who comes later is judged by the ban itself.</summary>
    private static readonly TimeSpan Keep = TimeSpan.FromHours(1);

    internal async Task ApplyAsync(Entry entry, UserId user, CancellationToken cancellationToken)
    {
        if (entry.Type is not (SystemEntryTypes.UserBanned or SystemEntryTypes.UserUnbanned) || entry.Data?.Deserialize(IdentityJsonContext.Default.BanChangedData) is not { } data)
        {
            return;
        }

        var lifted = entry.Type == SystemEntryTypes.UserUnbanned;
        ConversationId? conversation = data.ConversationId is { } id ? new(id) : null;
        await store.ApplyAsync(entry.Log.Tenant, new(user, conversation, entry.Seq, entry.At, data.ExpiresAt, data.Reason, lifted, data.Shadow), cancellationToken);

        // A shadow ban keeps nobody out, and ends a ban that did: processes only forget what they know.
        await revocations.AddAsync(
            new($"{entry.Log}/{entry.Seq}", lifted || data.Shadow ? RevocationKind.BanLifted : RevocationKind.Banned, entry.Log.Tenant, user, null, null, conversation, null, entry.At, entry.At + Keep),
            cancellationToken);
    }
}

/// <summary>What <c>user.banned</c> and <c>user.unbanned</c> in <c>$user/{id}</c> keep.</summary>
/// <param name="ConversationId">Null: the tenant.</param>
internal sealed record BanChangedData(string By, string? ConversationId, DateTimeOffset? ExpiresAt, string? Reason, bool Shadow = false);
