using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Caas.Core.Callers;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Entries;

/// <summary>Appends to the reserved logs: <c>$tenant</c> and <c>$user/{id}</c>.</summary>
public sealed partial class ReservedLogs(EntryAppender appender, EntryDrafts drafts, ILogger<ReservedLogs> logger)
{
    /// <param name="onlyFirst">Only as the log's first entry: how ids stay unique for ever.</param>
    /// <param name="clientId">One that the server derived, where the same must not be appended twice.</param>
    /// <exception cref="RefusedException"><c>client_message_id_reused</c> for <paramref name="clientId"/>; <c>id_taken</c> for <paramref name="onlyFirst"/>; <c>unavailable</c>.</exception>
    internal async Task<Entry> AppendAsync<T>(Caller caller, LogId log, string type, T data, JsonTypeInfo<T> typeInfo, CancellationToken cancellationToken, bool onlyFirst = false, string? clientId = null)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var draft = drafts.Create(caller, log, type, ContentHash.Of(type, data, typeInfo), EntryTarget.Log, clientId) with { Data = JsonSerializer.SerializeToElement(data, typeInfo), OnlyFirst = onlyFirst };
        var (entry, _) = await appender.AppendAsync(draft, CancellationToken.None);
        Log(caller, entry);
        return entry;
    }

    /// <summary>Administration is told in the log: what was done, where, by what kind of caller. Users and their directory are not: names and ids of people stay out. What the audit log says of it is no act of its own.</summary>
    private void Log(Caller caller, Entry entry)
    {
        if (entry.Log == LogId.OfTenant(entry.Log.Tenant) && entry.Type != SystemEntryTypes.AuditRecorded && logger.IsEnabled(LogLevel.Information))
        {
            LogAdministered(entry.Type, entry.Log.Tenant, ApiKeyOf(entry) ?? "-", caller.Kind == CallerKind.User ? "user" : caller.Actor, entry.Seq);
        }
    }

    private static string? ApiKeyOf(Entry entry) =>
        entry.Type is SystemEntryTypes.ApiKeyCreated or SystemEntryTypes.ApiKeyRotated or SystemEntryTypes.ApiKeyRevoked && entry.Data is { } data ? data.GetProperty("id").GetString() : null;

    [LoggerMessage(4001, LogLevel.Information, "Administered {Type}: tenant {Tenant}, API key {ApiKeyId}, by {Actor}, seq {Seq} of its log.")]
    private partial void LogAdministered(string type, TenantId tenant, string apiKeyId, string actor, long seq);
}
