using System.Text.Json;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Tokens;

namespace Caas.Core.Blocks;

/// <summary>Makes of entries in a user's log whom the user blocks, and tells every process. All of it can be repeated.</summary>
public sealed class BlockProjection(IBlockStore store, RevocationList revocations)
{
    /// <summary>How long processes can read of it: far longer than they take to act on it.</summary>
    private static readonly TimeSpan Keep = TimeSpan.FromHours(1);

    internal async Task ApplyAsync(Entry entry, UserId user, CancellationToken cancellationToken)
    {
        if (entry.Type is not (SystemEntryTypes.UserBlocked or SystemEntryTypes.UserUnblocked) || entry.Data?.Deserialize(IdentityJsonContext.Default.BlockChangedData) is not { } data)
        {
            return;
        }

        var other = new UserId(data.UserId);
        await store.ApplyAsync(entry.Log.Tenant, new(user, other, entry.Seq, entry.At, entry.Type == SystemEntryTypes.UserUnblocked), cancellationToken);
        foreach (var concerned in new[] { user, other })
        {
            await revocations.AddAsync(new($"{entry.Log}/{entry.Seq}/{concerned}", RevocationKind.BlocksChanged, entry.Log.Tenant, concerned, null, null, null, null, entry.At, entry.At + Keep), cancellationToken);
        }
    }
}

/// <summary>What <c>user.blocked</c> and <c>user.unblocked</c> in <c>$user/{id}</c> keep.</summary>
/// <param name="UserId">Whom it is about.</param>
internal sealed record BlockChangedData(string By, string UserId);
