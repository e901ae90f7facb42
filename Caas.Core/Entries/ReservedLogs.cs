using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Caas.Core.Callers;

namespace Caas.Core.Entries;

/// <summary>Appends to the reserved logs: <c>$tenant</c> and <c>$user/{id}</c>.</summary>
public sealed class ReservedLogs(EntryAppender appender, EntryDrafts drafts)
{
    /// <param name="onlyFirst">Only as the log's first entry: how ids stay unique for ever.</param>
    /// <exception cref="RefusedException"><c>id_taken</c> for <paramref name="onlyFirst"/>; <c>unavailable</c>.</exception>
    internal async Task<Entry> AppendAsync<T>(Caller caller, LogId log, string type, T data, JsonTypeInfo<T> typeInfo, CancellationToken cancellationToken, bool onlyFirst = false)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var draft = drafts.Create(caller, log, type, ContentHash.Of(type, data, typeInfo), EntryTarget.Log, clientId: null) with { Data = JsonSerializer.SerializeToElement(data, typeInfo), OnlyFirst = onlyFirst };
        var (entry, _) = await appender.AppendAsync(draft, CancellationToken.None);
        return entry;
    }
}
