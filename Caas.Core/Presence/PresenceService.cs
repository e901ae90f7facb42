using Caas.Contracts;
using Caas.Core.Blocks;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Tenants;

namespace Caas.Core.Presence;

/// <summary>What users want to be seen as, and how they are seen. Everyone of a tenant may see everyone of it, but for those who block or are blocked.</summary>
public sealed class PresenceService(IPresenceDirectory directory, IPresenceStore store, PresenceAnnouncer announcer, BlockDirectory blocks, TimeProvider clock)
{
    public const int MostAtOnce = 200;
    private const int MaxText = 200;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    /// <summary>Stores what the user wants to be seen as; it shows while the user has a device that is connected.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>on_behalf_of_required</c>, <c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task<PresenceState> SetAsync(Caller caller, SetPresenceRequest request, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireTenant();
        caller.RequireScope(Scopes.UsersWrite);
        Require(request);
        var user = caller.RequireUser();
        var text = string.IsNullOrWhiteSpace(request.Text) ? null : request.Text;
        var choice = new PresenceChoice(request.Status, text, Whole(clock.GetUtcNow()), request.ExpiresAt is { } end ? Whole(end) : null);
        await store.SaveChoiceAsync(tenant, user, choice, cancellationToken);
        try
        {
            // It is stored: it is told even if the caller has gone.
            if (await directory.ChooseAsync(tenant, user, choice, CancellationToken.None) is { } change)
            {
                change = change with { Record = (await CompleteAsync(tenant, [change.Record], CancellationToken.None))[0] };
                await announcer.AnnounceAsync([change], CancellationToken.None);
                return change.Record.For(user);
            }

            return (await ReadAsync(tenant, [user], cancellationToken))[0].For(user);
        }
        catch (StoreUnavailableException)
        {
            // Without the directory nobody is told anything of anyone; what is stored counts when it is back.
            return new(user.Value, request.Status == PresenceStatus.Offline ? PresenceStatus.Invisible : request.Status, text, null);
        }
    }

    /// <summary>How users are there now, in the order asked for, each once. An id that nobody has is offline, and was never seen.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>not_allowed</c>, <c>insufficient_scope</c>, <c>unavailable</c>.</exception>
    public async Task<IReadOnlyList<PresenceState>> GetAsync(Caller caller, IReadOnlyList<string>? userIds, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireTenant();
        caller.RequireScope(Scopes.UsersRead);
        var records = await ReadAsync(tenant, RequireIds(userIds), cancellationToken);
        var between = caller.User is { } user ? await blocks.FindAsync(tenant, user, cancellationToken) : BlockSet.None;
        return [.. records.Select(record => record.For(caller.User, between))];
    }

    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>, <c>unavailable</c>.</exception>
    public Task<PresenceSummary> SummarizeAsync(Caller caller, CancellationToken cancellationToken) => directory.SummarizeAsync(caller.RequireBackend(Scopes.UsersRead), cancellationToken);

    /// <summary>The records of users: from the store where the directory does not know them, as after it was emptied.</summary>
    /// <exception cref="StoreUnavailableException">The directory, or the store, cannot be asked.</exception>
    public async Task<IReadOnlyList<PresenceRecord>> ReadAsync(TenantId tenant, IReadOnlyList<UserId> users, CancellationToken cancellationToken) =>
        await CompleteAsync(tenant, await directory.ReadAsync(tenant, users, cancellationToken), cancellationToken);

    private async Task<IReadOnlyList<PresenceRecord>> CompleteAsync(TenantId tenant, IReadOnlyList<PresenceRecord> records, CancellationToken cancellationToken)
    {
        UserId[] unknown = [.. records.Where(record => record is { IsVisible: false, LastSeenAt: null }).Select(record => record.User)];
        if (unknown.Length == 0)
        {
            return records;
        }

        var (now, known) = (clock.GetUtcNow(), (await store.FindManyAsync(tenant, unknown, cancellationToken)).ToDictionary(stored => stored.User));
        return [.. records.Select(record => record.LastSeenAt is null && known.TryGetValue(record.User, out var stored) ? record.CompletedBy(stored, now) : record)];
    }

    /// <summary>Ids of users, each once.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>.</exception>
    public static IReadOnlyList<UserId> RequireIds(IReadOnlyList<string>? userIds)
    {
        new Validation().Check(userIds is { Count: > 0 and <= MostAtOnce }, "userIds", $"must be 1 to {MostAtOnce} ids").ThrowIfAny();
        return [.. userIds!.Distinct(StringComparer.Ordinal).Select(id => new UserId(PublicId.Require(id, "userIds")))];
    }

    private void Require(SetPresenceRequest request)
    {
        var now = clock.GetUtcNow();
        new Validation()
            .Check(Enum.IsDefined(request.Status), "status", "must be online, away, busy, invisible or offline")
            .Check(request.Text is null || (request.Text.Length <= MaxText && TenantRules.IsWellFormed(request.Text) && !request.Text.Contains('\0', StringComparison.Ordinal)), "text", $"must be at most {MaxText} characters of well-formed Unicode without U+0000")
            .Check(request.ExpiresAt is null || (request.ExpiresAt > now && request.ExpiresAt <= now + Longest), "expiresAt", "must be in the future, by a year at most")
            .ThrowIfAny();
    }

    private static DateTimeOffset Whole(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}
