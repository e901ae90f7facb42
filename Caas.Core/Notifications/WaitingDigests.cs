using System.Text.Json;
using Caas.Core.Json;
using Caas.Core.Timed;

namespace Caas.Core.Notifications;

/// <summary>What a waiting digest keeps.</summary>
/// <param name="Since">When the first thing happened that it is about.</param>
public sealed record DigestBody(DateTimeOffset Since, int Attempts = 0);

/// <summary>Starts the clock of a user's next mail, unless it runs: what happens until then comes with it.</summary>
public sealed class WaitingDigests(ITimedStore store)
{
    /// <summary>The kind of timed items that stand for a mail.</summary>
    public const string Kind = "email-digest";

    /// <summary>The id of the one whose clock runs.</summary>
    public const string Next = "next";

    private const int AtOnce = 8;

    public Task AddAsync(Happening happening, IReadOnlyList<Addressee> page, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        return Parallel.ForEachAsync(page.Where(addressee => addressee.Decision.Email), parallel, async (addressee, token) => await store.AddAsync(ItemOf(happening, addressee), token));
    }

    private static TimedItem ItemOf(Happening happening, Addressee addressee) => new(
        new(happening.Log.Tenant, Kind, addressee.User.Id.Value),
        Next,
        addressee.User.Id,
        TimedRules.Whole(happening.At + TimeSpan.FromMinutes(addressee.User.Notifications.Email.AfterMinutes)),
        Waiting: true,
        JsonSerializer.Serialize(new DigestBody(TimedRules.Whole(happening.At)), CoreJsonContext.Default.DigestBody));
}
