using System.Text.Json;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Timed;
using Microsoft.Extensions.Options;

namespace Caas.Core.Audit;

/// <summary>What a call was about to do, as long as nothing says what came of it.</summary>
/// <param name="By">As in <see cref="AuditRecordedData"/>.</param>
/// <param name="UserId">Who it is, where it is a user.</param>
/// <param name="At">When the call came.</param>
internal sealed record AuditIntentBody(string By, string? UserId, string Action, IReadOnlyDictionary<string, string> Target, string? IpAddress, string? TraceId, DateTimeOffset At);

/// <summary>One that was noted.</summary>
public sealed record AuditIntent(TimedPlace Place, string Id)
{
    /// <summary>The client id of its records: whoever comes second, the call or <see cref="AuditRecovery"/>, finds the first one's.</summary>
    public string RecordId(int number) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"$audit:{Id}:{number}");
}

/// <summary>
/// Notes what an administrative call is about to do before it does it, beside the log. Who dies between the deed and its record leaves the note, and after a time the record says that it is not known
/// what came of it. What went its way leaves none.
/// </summary>
public sealed class AuditIntents(ITimedStore store, IdGenerator ids, IOptions<AuditOptions> options, TimeProvider clock)
{
    public const string Kind = "audit";

    public static TimedPlace PlaceOf(TenantId tenant) => new(tenant, Kind, "$audit");

    /// <summary>Durable when it returns.</summary>
    /// <exception cref="StoreUnavailableException">Nothing was noted, so nothing must be done.</exception>
    public async Task<AuditIntent> BeginAsync(Caller caller, TenantId tenant, string action, IReadOnlyDictionary<string, string> target, AuditOrigin origin, CancellationToken cancellationToken)
    {
        var now = TimedRules.Whole(clock.GetUtcNow());
        var user = caller.Kind == CallerKind.User ? caller.User : null;
        var body = new AuditIntentBody(caller.Actor, user?.Value, action, target, origin.IpAddress, origin.TraceId, now);
        var item = new TimedItem(PlaceOf(tenant), ids.Next(), user, TimedRules.Whole(now + options.Value.UnknownAfter), true, JsonSerializer.Serialize(body, IdentityJsonContext.Default.AuditIntentBody));
        await store.AddAsync(item, cancellationToken);
        return new(item.Place, item.Id);
    }

    /// <summary>What came of it is known: it was recorded, or refused. One that cannot be taken back now finds its record when its time comes.</summary>
    public async Task EndAsync(AuditIntent intent)
    {
        try
        {
            await store.DeleteAsync(intent.Place, intent.Id, CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // The answer is true all the same.
        }
    }
}
