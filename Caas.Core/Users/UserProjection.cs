using System.Text.Json;
using Caas.Core.Bans;
using Caas.Core.Blocks;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Json;
using Caas.Core.Tokens;

namespace Caas.Core.Users;

/// <summary>Builds a user's profile, and what a deactivation revokes, from the user's log. The user's rev says how far: it is stored last.</summary>
public sealed class UserProjection(IEntryStore entries, IUserStore users, TokenRevoker revoker, BlockProjection blocks, BanProjection bans) : ILogProjection
{
    private const string Prefix = "$user/";
    private const int Batch = 200;

    public bool Handles(LogId log) => log.Name.StartsWith(Prefix, StringComparison.Ordinal);

    public async Task RepairAsync(LogId log, IReadOnlyList<EntryHeader> headers, CancellationToken cancellationToken)
    {
        var user = await users.FindAnyAsync(log.Tenant, UserOf(log), cancellationToken);
        if (headers.Count == 0 || user is null || user.Rev < headers[^1].Seq)
        {
            await FoldAsync(log, user, cancellationToken);
        }
    }

    /// <summary>Folds everything that the user's log holds.</summary>
    /// <returns>The user; null: the log is empty.</returns>
    public async Task<User?> FoldAsync(TenantId tenant, UserId id, CancellationToken cancellationToken) =>
        await FoldAsync(LogId.OfUser(tenant, id), await users.FindAnyAsync(tenant, id, cancellationToken), cancellationToken);

    private async Task<User?> FoldAsync(LogId log, User? user, CancellationToken cancellationToken)
    {
        while (true)
        {
            var batch = await entries.ReadAfterAsync(log, user?.Rev ?? 0, Batch, cancellationToken);
            foreach (var entry in batch)
            {
                user = await ApplyAsync(user, entry, cancellationToken);
            }

            if (batch.Count > 0)
            {
                await users.SaveAsync([user!], cancellationToken);
            }

            if (batch.Count < Batch)
            {
                return user;
            }
        }
    }

    /// <summary>What one entry makes of a user. The entry's own consequences (tokens that a deactivation revokes) are stored when this returns.</summary>
    internal async Task<User> ApplyAsync(User? user, Entry entry, CancellationToken cancellationToken)
    {
        if (entry.Type == SystemEntryTypes.UserCreated)
        {
            return UserFold.Create(entry);
        }

        var current = user ?? throw new InvalidOperationException($"The log {entry.Log} does not start with {SystemEntryTypes.UserCreated}.");
        if (entry.Type == SystemEntryTypes.UserDeactivated)
        {
            var until = entry.Data?.Deserialize(IdentityJsonContext.Default.UserDeactivatedData)?.Until ?? entry.At + TokenOptions.MostLifetime;
            await revoker.UserDeactivatedAsync(entry, current.Id, until, cancellationToken);
        }

        if (entry.Type == SystemEntryTypes.UserErasing && entry.Data?.Deserialize(IdentityJsonContext.Default.UserErasingData) is { } erasing)
        {
            await revoker.UserDeactivatedAsync(entry, current.Id, erasing.Until, cancellationToken);
        }

        await blocks.ApplyAsync(entry, current.Id, cancellationToken);
        await bans.ApplyAsync(entry, current.Id, cancellationToken);
        var changed = UserFold.Apply(current, entry);
        if (current.Role == UserRoles.Admin && changed.Role != UserRoles.Admin)
        {
            // Live connections hold the role of their token's time: who loses it gets new tokens.
            await revoker.UserDemotedAsync(entry, current.Id, cancellationToken);
        }

        return changed;
    }

    private static UserId UserOf(LogId log) => new(log.Name[Prefix.Length..]);
}
