using System.Globalization;
using System.Net;
using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Paging;

namespace Caas.Core.Audit;

/// <summary>
/// Who did what to a tenant, or was refused, when, and from where: entries of its log, which is append-only. They are events too, on <c>platform.audit</c>. What happens in conversations and to users' own
/// profiles stands in their logs.
/// </summary>
public sealed class AuditLog(ReservedLogs logs, IEntryStore entries, Cursors cursors)
{
    /// <summary>Who is not known, or is to be named no more.</summary>
    public const string Anonymous = "anonymous";

    private const string List = "audit";
    private const string Done = "done";
    private const string Refused = "refused";
    private const string Unknown = "unknown";
    private const string Rest = ".*";
    private const int Batch = 250;
    private const int MostCharacters = 100;

    /// <summary>After so many entries that the filters leave out a page ends, and goes on.</summary>
    private const int MostScanned = 5_000;

    /// <summary>Records what was done; durable when it returns.</summary>
    /// <param name="target">Ids by their names; never a secret.</param>
    /// <exception cref="RefusedException"><c>unavailable</c>.</exception>
    /// <param name="recordId">Of what was noted before (<see cref="AuditIntent.RecordId"/>).</param>
    public async Task RecordAsync(Caller caller, TenantId tenant, string action, IReadOnlyDictionary<string, string> target, AuditOrigin origin, CancellationToken cancellationToken, string? recordId = null)
    {
        var data = new AuditRecordedData(caller.Actor, action, target, origin.IpAddress, origin.TraceId);
        var by = caller with { User = caller.Kind == CallerKind.User ? caller.User : null };
        try
        {
            await AppendAsync(by, tenant, data, recordId, cancellationToken);
        }
        catch (RefusedException refused) when (recordId is not null && refused.Refusal == Refusal.ClientMessageIdReused)
        {
            // It took so long that it stands there as unknown: now it is known.
            await AppendAsync(by, tenant, data, null, cancellationToken);
        }
    }

    /// <summary>Records that it is not known what came of something.</summary>
    /// <exception cref="RefusedException"><c>client_message_id_reused</c>: it is recorded what did.</exception>
    internal Task RecordUnknownAsync(TenantId tenant, AuditIntent intent, AuditIntentBody body, CancellationToken cancellationToken)
    {
        var data = new AuditRecordedData(body.By, body.Action, body.Target, body.IpAddress, body.TraceId, Since: body.At, Outcome: Unknown);
        return AppendAsync(Caller.Platform(tenant) with { User = body.UserId is { } user ? new UserId(user) : null }, tenant, data, intent.RecordId(0), cancellationToken);
    }

    /// <summary>Records what was refused; durable when it returns.</summary>
    internal Task RecordAsync(RefusedCalls refused, CancellationToken cancellationToken)
    {
        var call = refused.Call;
        var data = new AuditRecordedData(call.By, call.Action, call.Target, call.Origin.IpAddress, call.Origin.TraceId, call.Reason, refused.Count, refused.Since);
        return logs.AppendAsync(Caller.Platform(call.Tenant), LogId.OfTenant(call.Tenant), SystemEntryTypes.AuditRecorded, data, IdentityJsonContext.Default.AuditRecordedData, cancellationToken);
    }

    /// <summary>The newest first. A page may have fewer items than its limit, also none, while <c>next</c> goes on.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>, <c>validation_failed</c>, <c>invalid_cursor</c>.</exception>
    public async Task<Page<AuditEntryResponse>> ListAsync(Caller caller, AuditQuestion question, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireBackend(Scopes.AuditRead);
        var count = PageLimit.Require(question.Limit);
        new Validation()
            .Check(question.Actor is null or { Length: > 0 and <= MostCharacters }, "actor", "must be admin, key:{id}, user:{id}, platform or anonymous")
            .Check(question.Action is null or { Length: > 0 and <= MostCharacters }, "action", "must be a name such as api_key.created or api_key.*")
            .Check(question.From is null || question.To is null || question.From <= question.To, "to", "must not be before from")
            .ThrowIfAny();
        var list = ListScope.Of(tenant, List, question.Actor, question.Action, Text(question.From), Text(question.To));
        var log = LogId.OfTenant(tenant);
        var before = await cursors.DecodeAsync(list, question.Cursor, 1, cancellationToken) is [var place] ? long.Parse(place, CultureInfo.InvariantCulture) : (await entries.ReadTailAsync(log, cancellationToken)).Seq + 1;
        var found = new List<AuditEntryResponse>();
        for (var scanned = 0; before > 1 && scanned < MostScanned; scanned += Batch)
        {
            var after = Math.Max(0, before - 1 - Batch);
            foreach (var entry in (await entries.ReadAfterAsync(log, after, (int)(before - 1 - after), cancellationToken)).Reverse())
            {
                if (entry.At < question.From)
                {
                    return new(found, null);
                }

                if (View(entry) is { } view && question.Wants(view))
                {
                    if (found.Count == count)
                    {
                        return new(found, await cursors.EncodeAsync(list, cancellationToken, Text(entry.Seq + 1)));
                    }

                    found.Add(view);
                }
            }

            before = after + 1;
        }

        return new(found, before > 1 ? await cursors.EncodeAsync(list, cancellationToken, Text(before)) : null);
    }

    private Task<Entry> AppendAsync(Caller caller, TenantId tenant, AuditRecordedData data, string? recordId, CancellationToken cancellationToken) =>
        logs.AppendAsync(caller, LogId.OfTenant(tenant), SystemEntryTypes.AuditRecorded, data, IdentityJsonContext.Default.AuditRecordedData, cancellationToken, clientId: recordId);

    /// <summary>What calls have done is recorded; what the platform does by itself stands as it is.</summary>
    private static AuditEntryResponse? View(Entry entry)
    {
        if (entry is { Type: SystemEntryTypes.AuditRecorded, Data: { } recorded })
        {
            var data = recorded.Deserialize(IdentityJsonContext.Default.AuditRecordedData)!;
            return new(Text(entry.Seq), entry.At, data.By, data.Action, data.Target, data.IpAddress, data.TraceId, data.Reason, data.Count ?? 1, data.Since, data.Outcome ?? (data.Reason is null ? Done : Refused));
        }

        return entry is { Type: SystemEntryTypes.WebhookDisabled, Data: { } disabled }
            ? new(Text(entry.Seq), entry.At, "platform", entry.Type, new Dictionary<string, string> { ["webhookId"] = disabled.GetProperty("id").GetString()! }, null, null, null, 1, null, Done)
            : null;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string? Text(DateTimeOffset? time) => time?.UtcTicks.ToString(CultureInfo.InvariantCulture);

    /// <summary>Which actions are asked for.</summary>
    /// <param name="Action">One, or <c>api_key.*</c> for all of a noun.</param>
    /// <param name="To">Not later.</param>
    public sealed record AuditQuestion(string? Actor, string? Action, DateTimeOffset? From, DateTimeOffset? To, int? Limit, string? Cursor)
    {
        internal bool Wants(AuditEntryResponse entry) =>
            (Actor is null || entry.Actor == Actor) && !(entry.At > To)
            && (Action is null || entry.Action == Action || (Action.EndsWith(Rest, StringComparison.Ordinal) && entry.Action.StartsWith(Action[..^1], StringComparison.Ordinal)));
    }
}

/// <summary>Where a call came from.</summary>
public sealed record AuditOrigin(string? IpAddress, string? TraceId)
{
    public static AuditOrigin Of(IPAddress? address, string? traceId) => new((address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address)?.ToString(), traceId);
}
